package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/store/sqlstore/upgrades"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"
	_ "modernc.org/sqlite"

	uploadstore "github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
)

// Database is the file in which the bot stores everything: whatsmeow's session and the uploads.
// Anyone who can read it can act as this device and decrypt what it sent. Use Open.
type Database struct {
	*dbutil.Database
	Uploads  *uploadstore.Store
	sessions *sqlstore.Container
	lock     *flock.Flock
}

// Open opens the database file at path and creates it if necessary. Only one process at a time can
// have it open. Close it after use.
func Open(ctx context.Context, path string, log waLog.Logger) (_ *Database, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db := &Database{lock: flock.New(path+".lock", flock.SetPermissions(0o600))}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("failed to open the database %s: %w", path, err), db.Close())
		}
	}()
	// Two bots with one session would keep disconnecting each other.
	if mine, err := db.lock.TryLock(); err != nil {
		return nil, err
	} else if !mine {
		return nil, errors.New("another bot is using it")
	}
	// SQLite would create the file readable for others. The -wal and -shm files inherit its mode.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	if db.Database, err = dbutil.NewWithDialect(dataSource(path), "sqlite"); err != nil {
		return nil, err
	}
	db.sessions = sqlstore.NewWithWrappedDB(db.Child("whatsmeow_version", upgrades.Table, nil), log.Sub("Database"))
	if err := db.sessions.Upgrade(ctx); err != nil {
		return nil, err
	}
	if db.Uploads, err = uploadstore.New(ctx, db.Database); err != nil {
		return nil, err
	}
	// existing files may be readable for others
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(path+suffix, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return db, nil
}

// dataSource returns SQLite's name of the file, with settings that let writers wait instead of
// fail.
func dataSource(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate"
}

// Device returns the bot's linked device, or a new one without an ID, which must be paired.
func (db *Database) Device(ctx context.Context) (*store.Device, error) {
	device, err := db.sessions.GetFirstDevice(ctx)
	if err != nil {
		return nil, fmt.Errorf("failed to read the session: %w", err)
	}
	return device, nil
}

// forget deletes the session of a device that was logged out. whatsmeow deletes it too, but in the
// background.
func (db *Database) forget(ctx context.Context, jid types.JID) error {
	if err := db.sessions.DeleteDevice(ctx, &store.Device{ID: &jid}); err != nil {
		return fmt.Errorf("failed to delete the session: %w", err)
	}
	return nil
}

// Close closes the database and lets other processes open it.
func (db *Database) Close() error {
	var err error
	if db.Database != nil {
		err = db.Database.Close()
	}
	return errors.Join(err, db.lock.Close())
}
