package wamediax

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// remembered is what the resume store knows of one upload, and the lock on it. The zero value, for an upload that nobody wants
// to be remembered, knows nothing and keeps nothing.
//
// A store that fails does not make an upload fail: it is logged, and the upload goes on without.
type remembered struct {
	c      *Client
	store  resume.Store // nil: do not remember
	key    string
	unlock func()
	source []byte // what the source looks like from outside
	rec    *resume.Record
}

// remember finds out what is known of the upload of src, and keeps other uploads of it waiting until release is called.
// The error is ctx's.
func (c *Client) remember(ctx context.Context, src io.Reader, s *uploadSettings) (*remembered, error) {
	m := &remembered{c: c, unlock: func() {}}
	name, fingerprint := source.Identify(src)
	if s.resumeID != "" {
		name = "id " + s.resumeID
	}
	if c.store == nil || name == "" || s.scratch != nil {
		return m, nil
	}
	m.key, m.source = c.recordKey(name, s), fingerprint
	if s.version != "" {
		m.source = []byte(s.version)
	}
	unlock, err := c.store.Lock(ctx, m.key)
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("failed to upload: %w while waiting for another upload of the same media", ctxerr.Of(ctx))
		}
		c.Log.Warnf("Upload is not remembered: failed to lock its record: %v", err)
		return m, nil
	}
	m.store, m.unlock = c.store, unlock
	rec, err := m.store.Load(ctx, m.key)
	switch {
	case errors.Is(err, resume.ErrNotFound):
	case err != nil:
		c.Log.Warnf("Upload begins anew: failed to load its record: %v", err)
	case c.isRecordFor(rec, s):
		m.rec = rec
	}
	return m, nil
}

// recordKey is what the record of an upload is stored under.
func (c *Client) recordKey(name string, s *uploadSettings) string {
	hash := sha256.Sum256([]byte(fmt.Sprintf("%q %q %q %q", c.Store.GetJID().User, s.mediaType, s.dest.path, name)))
	return fmt.Sprintf("%x", hash)
}

// isRecordFor tells whether rec may be used for an upload with these settings.
func (c *Client) isRecordFor(rec *resume.Record, s *uploadSettings) bool {
	return rec.Account == c.Store.GetJID().User && rec.MediaType == string(s.mediaType) && rec.Path == s.dest.path &&
		(s.mediaKey == nil || bytes.Equal(s.mediaKey, rec.MediaKey))
}

func (m *remembered) release() { m.unlock() }

// recall makes the object that the record is about, if src is still what was recorded, and nil if not.
//
// A file that looks unchanged is not read: if it has changed all the same, sending it fails before a changed byte leaves.
// Anything else is read and compared by its hash, for a media key must never cover two plaintexts.
func (m *remembered) recall(ctx context.Context, src io.Reader, s *uploadSettings, report func(read, total int64)) (*object, error) {
	if m.rec == nil {
		return nil, nil
	}
	section, rereadable := source.InPlace(src)
	if rereadable && m.source != nil && bytes.Equal(m.source, m.rec.Source) && (m.rec.Sidecar != nil || !s.wantsSidecar()) {
		if obj := m.unread(ctx, section, s); obj != nil {
			return obj, nil
		}
	}
	if late, ok := src.(*source.Late); ok && m.source != nil && bytes.Equal(m.source, m.rec.Source) && !s.dest.encrypted {
		return m.unopened(late, s), nil
	}
	under := *s
	if s.dest.encrypted {
		under.mediaKey = m.rec.MediaKey
	}
	obj, err := m.c.prepare(ctx, src, &under, report)
	switch {
	case err != nil:
		return nil, err
	case bytes.Equal(obj.info.FileSHA256, m.rec.FileSHA256):
		obj.made, obj.recalled = m.rec.MediaKeyTimestamp, true
		if s.dest.encrypted || !bytes.Equal(m.source, m.rec.Source) {
			m.write(ctx, obj, s) // it looks different from outside, or knows more now
		}
		return obj, nil
	case !s.dest.encrypted:
		return obj, nil
	case rereadable:
		return nil, obj.Close()
	default:
		return m.underAnotherKey(ctx, obj, s)
	}
}

// unopened makes the recorded object of a source that is as it was recorded. It is opened only if the CDN asks for bytes.
func (m *remembered) unopened(late *source.Late, s *uploadSettings) *object {
	note := m.rec.Note
	s.noted = func() []byte {
		if read := late.Note(); read != nil {
			return read
		}
		return note
	}
	body := late.Unopened(m.rec.FileLength, m.rec.FileSHA256, m.c.spoolMemory)
	return &object{
		body: body, info: streamenc.Info{FileSHA256: m.rec.FileSHA256, FileLength: m.rec.FileLength},
		mimetype: m.rec.Mimetype, made: m.rec.MediaKeyTimestamp, recalled: true, Closer: body,
	}
}

// unread makes the recorded object of a source without reading that, nil where the record does not allow it.
func (m *remembered) unread(ctx context.Context, section *io.SectionReader, s *uploadSettings) *object {
	obj := &object{mimetype: m.rec.Mimetype, made: m.rec.MediaKeyTimestamp, recalled: true, Closer: nothing{}}
	watch := source.WatchAt(ctx, section, nil)
	if !s.dest.encrypted {
		obj.body = source.NewSection(watch, section.Size())
		obj.info = streamenc.Info{FileSHA256: m.rec.FileSHA256, FileLength: m.rec.FileLength}
		return obj
	}
	sealed := new(streamenc.Sealed)
	if err := sealed.UnmarshalBinary(m.rec.Sealed); err != nil || !bytes.Equal(sealed.Info().FileEncSHA256, m.rec.FileEncSHA256) {
		return nil // written by another version
	}
	sealed.Bind(watch)
	obj.body, obj.info = sealed, sealed.Info()
	return obj
}

// underAnotherKey encrypts anew what a stream that could be read only once has left under the recorded key: it turned out
// to be another plaintext. Nothing of it has gone out.
func (m *remembered) underAnotherKey(ctx context.Context, obj *object, s *uploadSettings) (*object, error) {
	defer obj.Close()
	ciphertext, err := obj.body.Open(0)
	if err != nil {
		return nil, err
	}
	defer ciphertext.Close()
	plaintext, err := streamenc.NewReader(ciphertext, m.rec.MediaKey, s.mediaType)
	if err != nil {
		return nil, err
	}
	return m.c.prepare(ctx, plaintext, s, func(int64, int64) {})
}

// write records obj before its first byte leaves.
func (m *remembered) write(ctx context.Context, obj *object, s *uploadSettings) {
	if m.describe(obj, s) {
		m.save(ctx, recordPatience)
	}
}

// describe makes the record of obj, for done to save. It reports whether there is one.
func (m *remembered) describe(obj *object, s *uploadSettings) bool {
	if m.store == nil {
		return false
	}
	m.rec = &resume.Record{
		Account: m.c.Store.GetJID().User, MediaType: string(s.mediaType), Path: s.dest.path, Source: m.source,
		MediaKey: obj.info.MediaKey, MediaKeyTimestamp: obj.made,
		FileSHA256: obj.info.FileSHA256, FileEncSHA256: obj.info.FileEncSHA256, FileLength: obj.info.FileLength,
		Sidecar: obj.info.Sidecar, Mimetype: obj.mimetype, Note: s.note(),
	}
	if sealed, ok := obj.body.(*streamenc.Sealed); ok {
		var err error
		if m.rec.Sealed, err = sealed.MarshalBinary(); err != nil {
			m.c.Log.Warnf("Upload is not remembered: failed to marshal it: %v", err)
			m.rec = nil
			return false
		}
	}
	return true
}

// done records where the object lies: sending the same again is then a probe and no byte. What an answer to a probe leaves
// out it adds from the answer to the upload.
func (m *remembered) done(ctx context.Context, resp *resume.Response) {
	if m.store == nil || m.rec == nil {
		return
	}
	if before := m.rec.Response; before != nil && before.DirectPath == resp.DirectPath {
		resp.Handle = cmp.Or(resp.Handle, before.Handle)
		resp.ObjectID = cmp.Or(resp.ObjectID, before.ObjectID)
	}
	m.rec.Response = resp
	m.save(ctx, donePatience)
}

func (m *remembered) save(ctx context.Context, patience time.Duration) {
	m.rec.Expires = time.Now().Add(m.c.resumeExpiry)
	err := patiently(ctx, patience, func(ctx context.Context) error { return m.store.Save(ctx, m.key, m.rec) })
	if err != nil && ctx.Err() == nil {
		m.c.Log.Warnf("Upload is not remembered: failed to save its record: %v", err)
	}
}

// forget strikes the record out.
func (m *remembered) forget(ctx context.Context) {
	if m.store == nil || m.rec == nil {
		return
	}
	m.rec = nil
	if err := m.store.Delete(ctx, m.key); err != nil && ctx.Err() == nil {
		m.c.Log.Warnf("Failed to delete the record of an upload: %v", err)
	}
}
