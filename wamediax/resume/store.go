package resume

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound means that a store has no usable record under a key: none was saved, or it was deleted, has expired or is
// damaged.
var ErrNotFound = errors.New("upload not found in the store")

// Store keeps the records of uploads, so that an upload can go on after a restart, and lets one uploader at a time work on
// an upload.
//
//	                        resume/filestore                 resume/sqlstore
//	use it for              one machine, nothing to set up   several machines, or an existing database
//	keeps a record in       a file                           a row (SQLite, PostgreSQL)
//	frees the lock of a     at once                          when its lease has run out
//	process that died
//
// Neither encrypts: a record holds the media key, so whoever can read the directory or the database can decrypt the media.
// Neither cleans up by itself: call Purge now and then, say once a day. Package resume/storetest tests a store of your own.
//
// A key is any bytes, of any length. Records and locks are independent: Load, Save and Delete neither need nor take the
// lock, and whoever holds it may call them. All methods may be called by many goroutines and processes at once. Once its
// context has ended a method returns promptly, whatever the medium does, with an error that wraps the context's. Errors
// contain neither keys nor anything of a record.
type Store interface {
	// Load returns the record last saved under key, or [ErrNotFound]. The caller owns the record.
	Load(ctx context.Context, key string) (*Record, error)
	// Save stores a copy of rec under key and replaces what was there. Once it has returned nil the record survives a
	// crash. After an error the old record may still be there.
	Save(ctx context.Context, key string, rec *Record) error
	// Delete removes the record, if there is one. The lock stays.
	Delete(ctx context.Context, key string) error
	// Lock waits until nobody else holds key's lock, and takes it. The key needs no record. The lock is held until unlock
	// is called, even after ctx has ended, or until the process ends. unlock may be called more than once.
	Lock(ctx context.Context, key string) (unlock func(), err error)
	// Purge removes the records for which [Record.Outdated] holds, and what crashed programs left behind. A record whose
	// lock is held stays. Purge returns the number of records that it removed, also with an error.
	Purge(ctx context.Context, olderThan time.Duration) (int, error)
}
