package resume

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound: the store holds no usable record under this key. There never was one, it was deleted, it has expired, or
// what is left of it is broken.
var ErrNotFound = errors.New("upload not found in the store")

// Store keeps what it takes to go on with an upload after the program has ended, and lets one uploader at a time work on
// an upload.
//
//	                    FileStore                         SQLStore
//	use it for          one machine, nothing to set up    several machines, or a database that is there anyway
//	keeps records in    one file each                     a row each (SQLite, PostgreSQL)
//	a dead holder's     free at once                      free when its lease has run out
//	lock is
//
// Neither encrypts: a record holds the media key, and whoever can read the directory or the database can decrypt what
// was uploaded. Neither cleans up by itself: call Purge now and then, say once a day.
//
// Keys are any bytes, of any length. A record and its lock are apart: Load, Save and Delete neither need nor take the
// lock, so whoever holds it may call them. All methods may be called by many goroutines and processes at once, and end
// with an error that wraps the context's once that is cancelled. No error's text has a key or anything of a record in it.
type Store interface {
	// Load returns the record last saved under key, for the caller to keep, or [ErrNotFound].
	Load(ctx context.Context, key string) (*Record, error)
	// Save puts rec under key in the place of what was there. When it returns nil the record survives a crash; when it
	// does not, the old record may be there still. rec itself stays as it is.
	Save(ctx context.Context, key string, rec *Record) error
	// Delete removes the record, if there is one. The lock stays.
	Delete(ctx context.Context, key string) error
	// Lock waits until nobody else holds key's lock, and takes it. There need not be a record. The lock is held until
	// unlock is called, also beyond the end of ctx, or until the process ends. unlock may be called more than once.
	Lock(ctx context.Context, key string) (unlock func(), err error)
	// Purge removes the records that were saved longer ago than olderThan, those that have expired, and what crashed
	// programs left behind. A record whose lock is held stays. It returns how many records it removed, also with an error.
	Purge(ctx context.Context, olderThan time.Duration) (int, error)
}

// Record is what is written down of one upload: enough to go on sending the same object, and, once it lies on the CDN, to
// send it to the next chat.
//
// Times are kept to the millisecond and come back in UTC; strings have to be valid UTF-8. Printed with any verb of
// package fmt, or marshalled as JSON, a record shows no secret.
type Record struct {
	Account   string // user part of the own JID: a record is of use to this account only
	MediaType string // whatsmeow.MediaType
	Path      string // upload path, as "/mms/video"
	// Source is what the caller recognises the plaintext's source by. The store does not look into it; the caller compares
	// it before it reuses anything else.
	Source []byte

	MediaKey          []byte `json:"-"` // secret
	MediaKeyTimestamp time.Time
	FileSHA256        []byte // of the plaintext: a media key is reused only where this is the same
	FileEncSHA256     []byte // of the object
	FileLength        int64  // of the plaintext, in bytes
	Sidecar           []byte // nil for none
	Mimetype          string
	Note              []byte // what else the caller wants to know of the plaintext without reading it; not looked into
	Sealed            []byte `json:"-"` // a marshalled streamenc.Sealed, nil for none; secret, for the media key is in it

	// Response says where the finished object lies. It is nil until the upload is done. Of a Response a store keeps URL,
	// DirectPath, Handle and ObjectID.
	Response *Response

	Created time.Time // zero: Save sets it to the present
	Updated time.Time // Save always sets it to the present
	Expires time.Time // from then on Load says ErrNotFound; zero: never
}

// Format keeps the secrets of a record out of logs, whatever the verb.
func (rec Record) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "upload record (%s, %d bytes, done: %t)", rec.Path, rec.FileLength, rec.Response != nil)
}

// stamped is rec as Save writes it.
func (rec *Record) stamped(now time.Time) *Record {
	saved := *rec
	saved.Updated = now
	if saved.Created.IsZero() {
		saved.Created = now
	}
	return &saved
}

func (rec *Record) expired(now time.Time) bool {
	return !rec.Expires.IsZero() && !now.Before(rec.Expires)
}

// outdated says whether Purge removes a record, when it removes those saved at cutoff or before.
func (rec *Record) outdated(now, cutoff time.Time) bool {
	return rec.expired(now) || !rec.Updated.After(cutoff)
}
