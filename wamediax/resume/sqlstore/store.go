package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.mau.fi/util/dbutil"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/wait"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

//go:embed upgrades/*.sql
var upgradeFiles embed.FS

var upgradeTable = dbutil.BuildUpgradeTable().WithFSPath(upgradeFiles, "upgrades").Finish()

// Store is a [resume.Store] in a database. It is safe for concurrent use.
type Store struct {
	db        *dbutil.Database
	lease     time.Duration
	leaseLost func(key string, err error)
	nowMillis string // SQL expression
}

// Option configures [New].
type Option func(*Store)

// WithLease sets how long a lock outlives a holder that died. The default is 30 s, the minimum 10
// ms. It should be many times the duration of a query.
func WithLease(d time.Duration) Option { return func(s *Store) { s.lease = d } }

// WithLeaseLost calls fn when a lock taken with Lock(ctx, key) is lost before it is unlocked: err
// is why. fn is called once per lost lock, in a goroutine of the store, and never after unlock has
// returned. It must not wait for unlock.
func WithLeaseLost(fn func(key string, err error)) Option {
	return func(s *Store) {
		if fn != nil {
			s.leaseLost = fn
		}
	}
}

// New opens the store in db, an SQLite or PostgreSQL database, and creates or upgrades its tables.
// It keeps the version of its tables separate, so db can be the database that whatsmeow uses:
//
//	db, err := dbutil.NewWithDialect("file:bot.db?_pragma=foreign_keys(1)&…", "sqlite")
//	…
//	container := whatsmeowstore.NewWithWrappedDB(db.Child("whatsmeow_version", upgrades.Table, nil), log)
//	store, err := sqlstore.New(ctx, db)
func New(ctx context.Context, db *dbutil.Database, opts ...Option) (*Store, error) {
	if db == nil {
		return nil, errors.New("failed to open upload store: database is nil")
	}
	s := &Store{
		db:        db.Child("wamediax_version", upgradeTable, nil),
		lease:     30 * time.Second,
		leaseLost: func(string, error) {},
	}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if s.lease < 10*time.Millisecond {
		return nil, fmt.Errorf("failed to open upload store: lease of %v is too short, minimum is 10ms", s.lease)
	}
	switch db.Dialect {
	case dbutil.Postgres:
		// Unlike now(), this clock advances during a transaction or a statement.
		s.nowMillis = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
	case dbutil.SQLite:
		s.nowMillis = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
	default:
		return nil, fmt.Errorf("failed to open upload store: %w", dbutil.ErrUnsupportedDialect)
	}
	if err := wait.Do(ctx, s.upgrade); err != nil {
		return nil, fmt.Errorf("failed to open upload store: %w", err)
	}
	return s, nil
}

// upgrade creates the tables. If several processes do that at the same time, all but one fail;
// those try again.
func (s *Store) upgrade(ctx context.Context) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = 50 * time.Millisecond
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.db.Upgrade(ctx)
		if errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(5))
	return err
}

// leaseOver is the condition for an expired lease. If a lease expires later than its length allows,
// it was taken or renewed before the database's clock jumped back.
const leaseOver = "(wamediax_lease.expires <= NOW_MS OR wamediax_lease.expires > NOW_MS + 2 * wamediax_lease.term)"

// query expands LEASE_OVER to that condition, and NOW_MS to the database's time in ms since 1970.
func (s *Store) query(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "LEASE_OVER", leaseOver), "NOW_MS", s.nowMillis)
}

// exec returns the number of rows that a statement has affected. When ctx ends it returns promptly,
// although SQLite may wait for another writer for up to its busy_timeout. If the statement then
// succeeds after all, exec calls late with the number of rows, unless late is nil.
func (s *Store) exec(ctx context.Context, late func(rows int64), statement string, args ...any) (int64, error) {
	return wait.Call(ctx, func(ctx context.Context) (int64, error) {
		done, err := s.db.Exec(ctx, s.query(statement), args...)
		if err != nil {
			return 0, err
		}
		return done.RowsAffected()
	}, late)
}

// rowKey returns the primary key for an upload. The key itself could be too long for an index.
func rowKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// hidden is data that is stored in the database but hidden from its log.
type hidden []byte

func (h hidden) Value() (driver.Value, error) { return []byte(h), nil }
func (hidden) MarshalJSON() ([]byte, error)   { return []byte(`"[hidden]"`), nil }
func (hidden) Format(f fmt.State, _ rune)     { _, _ = f.Write([]byte("[hidden]")) }

// Load implements [resume.Store].
func (s *Store) Load(ctx context.Context, key string) (*resume.Record, error) {
	data, err := wait.Call(ctx, func(ctx context.Context) (data []byte, err error) {
		err = s.db.QueryRow(ctx, "SELECT record FROM wamediax_upload WHERE key = $1", rowKey(key)).Scan(&data)
		return data, err
	}, nil)
	var rec *resume.Record
	if err == nil {
		if rec = new(resume.Record); rec.UnmarshalBinary(data) != nil {
			err = resume.ErrNotFound
		}
	}
	switch {
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, resume.ErrNotFound), err == nil && rec.Expired(time.Now()):
		return nil, resume.ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("failed to load upload record: %w", err)
	}
	return rec, nil
}

// Save implements [resume.Store].
func (s *Store) Save(ctx context.Context, key string, rec *resume.Record) error {
	return s.put(ctx, key, rec.Stamped(time.Now()))
}

func (s *Store) put(ctx context.Context, key string, rec *resume.Record) error {
	data, err := rec.MarshalBinary()
	if err == nil {
		expires := sql.NullInt64{Int64: rec.Expires.UnixMilli(), Valid: !rec.Expires.IsZero()}
		_, err = s.exec(ctx, nil, `
			INSERT INTO wamediax_upload (key, record, updated, expires) VALUES ($1, $2, $3, $4)
			ON CONFLICT (key) DO UPDATE SET record = excluded.record, updated = excluded.updated, expires = excluded.expires
		`, rowKey(key), hidden(data), rec.Updated.UnixMilli(), expires)
	}
	if err != nil {
		return fmt.Errorf("failed to save upload record: %w", err)
	}
	return nil
}

// Delete implements [resume.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	if _, err := s.exec(ctx, nil, "DELETE FROM wamediax_upload WHERE key = $1", rowKey(key)); err != nil {
		return fmt.Errorf("failed to delete upload record: %w", err)
	}
	return nil
}

// Purge implements [resume.Store].
func (s *Store) Purge(ctx context.Context, olderThan time.Duration) (int, error) {
	now, olderThan := time.Now(), max(0, olderThan)
	purged, err := s.exec(ctx, nil, `
		DELETE FROM wamediax_upload WHERE (updated <= $1 OR updated >= $2 OR expires <= $3) AND NOT EXISTS (
			SELECT 1 FROM wamediax_lease WHERE wamediax_lease.key = wamediax_upload.key AND NOT LEASE_OVER
		)
	`, now.Add(-olderThan).UnixMilli(), now.Add(olderThan).UnixMilli(), now.UnixMilli())
	if err == nil {
		_, err = s.exec(ctx, nil, "DELETE FROM wamediax_lease WHERE LEASE_OVER")
	}
	if err != nil {
		return int(purged), fmt.Errorf("failed to purge upload store: %w", err)
	}
	return int(purged), nil
}
