package main

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

// database is the one file in which the bot keeps everything: whatsmeow's session, and what has been uploaded. Whoever can
// read it can be this device, and decrypt what it sent.
type database struct {
	*dbutil.Database
	sessions *sqlstore.Container
	uploads  *uploadstore.Store
	lock     *flock.Flock
}

func openDatabase(ctx context.Context, path string, log waLog.Logger) (_ *database, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db := &database{lock: flock.New(path+".lock", flock.SetPermissions(0o600))}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("failed to open the database %s: %w", path, err), db.Close())
		}
	}()
	// Two bots with one session would throw each other out, again and again.
	if mine, err := db.lock.TryLock(); err != nil {
		return nil, err
	} else if !mine {
		return nil, errors.New("another bot is running on it")
	}
	// SQLite would make it readable for others. Its -wal and -shm files get the permissions of this one.
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
	if db.uploads, err = uploadstore.New(ctx, db.Database); err != nil {
		return nil, err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} { // one that was there before may have been open to others
		if err := os.Chmod(path+suffix, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return db, nil
}

// dataSource names the file for SQLite. Writers wait for each other instead of failing.
func dataSource(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate"
}

// device is the linked device that the bot is, or a new one that has to be paired.
func (db *database) device(ctx context.Context) (*store.Device, error) {
	device, err := db.sessions.GetFirstDevice(ctx)
	if err != nil {
		return nil, fmt.Errorf("failed to read the session: %w", err)
	}
	return device, nil
}

// forget deletes the session of a device that has been logged out. whatsmeow does so too, but nobody can wait for it.
func (db *database) forget(ctx context.Context, jid types.JID) error {
	if err := db.sessions.DeleteDevice(ctx, &store.Device{ID: &jid}); err != nil {
		return fmt.Errorf("failed to delete the session: %w", err)
	}
	return nil
}

func (db *database) Close() error {
	var err error
	if db.Database != nil {
		err = db.Database.Close()
	}
	return errors.Join(err, db.lock.Close())
}
