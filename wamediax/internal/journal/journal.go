package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Journal is the part of a resume store that belongs to one account. A nil Journal is empty and
// stores nothing.
type Journal struct {
	store  resume.Store
	cli    *whatsmeow.Client // for its account and its log
	expiry time.Duration
	strict bool
}

// ErrStore is returned by a strict journal for an upload whose record cannot be locked, loaded or
// saved.
var ErrStore = errors.New("resume store failed")

// New returns the journal of cli's account in store, or nil without a store. Records expire this
// long after they were last saved. If strict is set, a store that fails before the first byte
// leaves fails the upload; otherwise that is only logged.
func New(cli *whatsmeow.Client, store resume.Store, expiry time.Duration, strict bool) *Journal {
	if store == nil {
		return nil
	}
	return &Journal{store: promptStore{store}, cli: cli, expiry: expiry, strict: strict}
}

// Strict reports whether a store that fails before the first byte leaves fails the upload.
func (j *Journal) Strict() bool { return j != nil && j.strict }

// failed reports an error of the store: it returns the error if the journal is strict, and logs it
// otherwise.
func (j *Journal) failed(consequence, doing string, err error) error {
	if j.strict {
		return fmt.Errorf("%w: failed to %s: %w", ErrStore, doing, err)
	}
	j.cli.Log.Warnf("%s: failed to %s: %v", consequence, doing, err)
	return nil
}

// Upload identifies an upload in the journal.
type Upload struct {
	Name        string // of the source; "" if it is not recorded
	Fingerprint []byte // changes when the source does; nil if not known
	MediaType   whatsmeow.MediaType
	Path        string // upload path, as "/mms/video"
	MediaKey    []byte // that the upload must use; nil for any
}

func (j *Journal) account() string { return j.cli.Store.GetJID().User }

// key returns the store key of an upload's record.
func (j *Journal) key(u Upload) string {
	hash := sha256.Sum256([]byte(fmt.Sprintf("%q %q %q %q", j.account(), u.MediaType, u.Path, u.Name)))
	return fmt.Sprintf("%x", hash)
}

// matches reports whether rec can be used for u.
func (j *Journal) matches(rec *resume.Record, u Upload) bool {
	return rec.Account == j.account() && rec.MediaType == string(u.MediaType) && rec.Path == u.Path &&
		(u.MediaKey == nil || bytes.Equal(u.MediaKey, rec.MediaKey.Bytes()))
}

// Lookup returns the record of an upload whose source has not changed, or nil. It takes no lock.
func (j *Journal) Lookup(ctx context.Context, u Upload) *resume.Record {
	if j == nil || u.Name == "" || u.Fingerprint == nil {
		return nil
	}
	rec, err := j.store.Load(ctx, j.key(u))
	if err != nil || !j.matches(rec, u) || !bytes.Equal(rec.Source, u.Fingerprint) {
		return nil
	}
	return rec
}

// save stores rec for this account with a new expiry date.
func (j *Journal) save(ctx context.Context, patience time.Duration, key string, rec *resume.Record) error {
	rec.Account, rec.Expires = j.account(), time.Now().Add(j.expiry)
	return patiently(ctx, patience, func(ctx context.Context) error { return j.store.Save(ctx, key, rec) })
}
