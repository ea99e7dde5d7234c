package journal

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Entry is the record of one upload, locked. A nil Entry has no record and stores nothing.
type Entry struct {
	journal *Journal
	upload  Upload
	key     string
	unlock  func()
	found   *resume.Record // nil if there was no record, or after Forget
	saved   bool           // the store may have a record
}

// Open locks the upload's entry and loads it. Other uploads with the same entry wait until Close.
// The error is ctx's, or [ErrStore] if the journal is strict.
func (j *Journal) Open(ctx context.Context, u Upload) (*Entry, error) {
	if j == nil || u.Name == "" {
		return nil, nil
	}
	e := &Entry{journal: j, upload: u, key: j.key(u)}
	var err error
	if e.unlock, err = j.store.Lock(ctx, e.key); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("failed to upload: %w while waiting for another upload of the same media", ctxerr.Of(ctx))
		}
		return nil, j.failed("Upload is not remembered", "lock the upload's record", err)
	}
	rec, err := j.store.Load(ctx, e.key)
	switch {
	case errors.Is(err, resume.ErrNotFound):
	case err != nil:
		if err = j.failed("Upload starts over", "load the upload's record", err); err != nil {
			e.Close()
			return nil, err
		}
	case j.matches(rec, u):
		e.found, e.saved = rec, true
	}
	return e, nil
}

// Close unlocks the entry for other uploads.
func (e *Entry) Close() {
	if e != nil {
		e.unlock()
	}
}

// Record returns the record that Open loaded, or nil. The caller must not modify it.
func (e *Entry) Record() *resume.Record {
	if e == nil {
		return nil
	}
	return e.found
}

// Unchanged reports whether the source has the recorded fingerprint.
func (e *Entry) Unchanged() bool {
	return e.Record() != nil && e.upload.Fingerprint != nil && bytes.Equal(e.upload.Fingerprint, e.found.Source)
}

// Fresh reports whether the CDN confirmed the object less than d ago. A record from the future, due
// to a wrong clock, is not fresh.
func (e *Entry) Fresh(d time.Duration) bool {
	rec := e.Record()
	if rec == nil || rec.Response == nil {
		return false
	}
	age := time.Since(rec.Updated)
	return 0 <= age && age < d
}

// Host returns the host that may hold most of the object, or "" if none is known.
func (e *Entry) Host() string {
	if rec := e.Record(); rec != nil {
		return rec.Host
	}
	return ""
}

// Begin saves the record of an object before its first byte leaves, and when another host has taken
// most of it. The error is [ErrStore] if the journal is strict, and nil otherwise.
func (e *Entry) Begin(ctx context.Context, rec *resume.Record) error {
	if e == nil || rec == nil {
		return nil
	}
	if err := e.save(ctx, recordPatience, rec); err != nil && ctx.Err() == nil {
		return e.journal.failed("Upload is not remembered", "save the upload's record", err)
	}
	return nil
}

// Complete fills in fields that resp lacks from an earlier response for the same object: responses
// to probes omit some.
func (e *Entry) Complete(resp resume.Response) resume.Response {
	if rec := e.Record(); rec != nil && rec.Response != nil && rec.Response.DirectPath == resp.DirectPath {
		resp.Handle = cmp.Or(resp.Handle, rec.Response.Handle)
		resp.ObjectID = cmp.Or(resp.ObjectID, rec.Response.ObjectID)
		resp.MetadataURL = cmp.Or(resp.MetadataURL, rec.Response.MetadataURL)
		if resp.ThumbnailSHA256 == nil {
			resp.ThumbnailDirectPath, resp.ThumbnailSHA256 = rec.Response.ThumbnailDirectPath, rec.Response.ThumbnailSHA256
		}
	}
	return resp
}

// Done saves where an object is now, so that the next upload of it is only a probe. An error is
// logged, even if the journal is strict: the object is on the CDN by now.
func (e *Entry) Done(ctx context.Context, rec *resume.Record, resp resume.Response) {
	if e == nil || rec == nil {
		return
	}
	rec.Response, rec.Host = &resp, resp.Host
	if err := e.save(ctx, donePatience, rec); err != nil && ctx.Err() == nil {
		e.journal.cli.Log.Warnf("Upload is not remembered: failed to save the upload's record: %v", err)
	}
}

func (e *Entry) save(ctx context.Context, patience time.Duration, rec *resume.Record) error {
	rec.MediaType, rec.Path, rec.Source = string(e.upload.MediaType), e.upload.Path, e.upload.Fingerprint
	if e.found != nil && bytes.Equal(e.found.FileSHA256, rec.FileSHA256) {
		rec.Created = e.found.Created
	}
	e.saved = true
	return e.journal.save(ctx, patience, e.key, rec)
}

// Forget deletes the record, because the source has changed since it was recorded.
func (e *Entry) Forget(ctx context.Context) {
	if e == nil || !e.saved {
		return
	}
	e.found, e.saved = nil, false
	if err := e.journal.store.Delete(ctx, e.key); err != nil && ctx.Err() == nil {
		e.journal.cli.Log.Warnf("Failed to delete the record of an upload: %v", err)
	}
}
