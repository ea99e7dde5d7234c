package resume

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound means that a store has no usable record for a key: it was never saved, or was
// deleted, has expired, or is damaged.
var ErrNotFound = errors.New("upload not found in the store")

// Store keeps records of uploads, so that an upload can continue after a restart. It also has
// locks, so that only one uploader at a time works on an upload.
//
//	                        resume/filestore                 resume/sqlstore
//	use for                 one machine, without setup       several machines, or an existing database
//	keeps a record in       a file                           a row (SQLite, PostgreSQL)
//	frees the lock of a     at once                          when its lease expires
//	process that died
//
// Neither encrypts: records contain the media key, so anyone who can read the directory or the
// database can decrypt the media. Neither removes old records by itself: call Purge regularly, for
// example once a day. Use package resume/storetest to test your own store.
//
// A key may be any byte string. Records and locks are independent: Load, Save and Delete neither
// need nor take the lock, and may be called while it is held. All methods are safe for concurrent
// use, by several processes as well. When its context ends, a method returns promptly, even if the
// medium hangs, with an error that wraps the context's. Errors contain neither keys nor contents of
// records.
type Store interface {
	// Load returns the last record saved under key, or [ErrNotFound]. The caller owns the record.
	Load(ctx context.Context, key string) (*Record, error)
	// Save stores a copy of rec under key, in place of an older record. After it has returned nil,
	// the record survives a crash. After an error, the older record may remain.
	Save(ctx context.Context, key string, rec *Record) error
	// Delete removes the record for key, if any. It does not affect the lock.
	Delete(ctx context.Context, key string) error
	// Lock waits for the lock of key and takes it. It needs no record. The lock is held until
	// unlock is called, even if ctx ends, or until the process ends. unlock may be called more than
	// once.
	Lock(ctx context.Context, key string) (unlock func(), err error)
	// Purge removes the records for which [Record.Outdated] returns true, and leftovers of crashed
	// programs. It skips records whose lock is held. It returns the number of removed records, even
	// with an error.
	Purge(ctx context.Context, olderThan time.Duration) (int, error)
}
