package wamediax

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
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
	name, source := identify(src)
	if s.resumeID != "" {
		name = "id " + s.resumeID
	}
	if c.store == nil || name == "" || s.scratch != nil {
		return m, nil
	}
	m.key, m.source = c.recordKey(name, s), source
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

// identify names a file by its path, and describes it by what changes when its content does. Other sources have no name. A
// file that may change once more without looking different has no description: it is compared by its content.
func identify(src io.Reader) (name string, source []byte) {
	section, ok := inPlace(src)
	if !ok {
		return "", nil
	}
	file, ok := src.(*os.File)
	if !ok {
		return "", nil
	}
	now := time.Now()
	stat, err := file.Stat()
	if err != nil {
		return "", nil
	}
	path, err := filepath.Abs(file.Name())
	if err != nil {
		return "", nil
	}
	_, start, size := section.Outer()
	look := fileLook{Path: path, Start: start, Size: size, Modified: stat.ModTime().UnixNano()}
	look.Device, look.Inode, look.Changed = fileID(stat)
	if look.mayChangeUnseen(now) {
		return "file " + path, nil
	}
	if source, err = json.Marshal(look); err != nil {
		return "", nil
	}
	return "file " + path, source
}

// fileLook is what a file looks like from outside. Records contain it as JSON.
type fileLook struct {
	Path     string
	Start    int64
	Size     int64
	Modified int64 // ns since 1970
	Inode    uint64
	Device   uint64
	Changed  int64 // ns since 1970; 0: not known
}

const (
	// fineTick is more than the 10 ms in which Linux before 6.13 gives all changes the same time.
	fineTick = 20 * time.Millisecond
	// coarseTick is the resolution of the coarsest file systems (FAT).
	coarseTick = 2 * time.Second
)

// mayChangeUnseen reports whether the file has changed so shortly before now that another change could get the same times.
// It assumes that the file system's clock is that of this machine.
func (look *fileLook) mayChangeUnseen(now time.Time) bool {
	last, tick := max(look.Modified, look.Changed), fineTick
	if last%int64(time.Second) == 0 {
		tick = coarseTick
	}
	return now.Sub(time.Unix(0, last)) < tick
}

// recall makes the object that the record is about, if src is still what was recorded, and nil if not.
//
// A file that looks unchanged is not read: if it has changed all the same, sending it fails before a changed byte leaves.
// Anything else is read and compared by its hash, for a media key must never cover two plaintexts.
func (m *remembered) recall(ctx context.Context, src io.Reader, s *uploadSettings, report func(read, total int64)) (*object, error) {
	if m.rec == nil {
		return nil, nil
	}
	section, rereadable := inPlace(src)
	if rereadable && m.source != nil && bytes.Equal(m.source, m.rec.Source) && (m.rec.Sidecar != nil || !s.wantsSidecar()) {
		if obj := m.unread(ctx, section, s); obj != nil {
			return obj, nil
		}
	}
	if late, ok := src.(*lateSource); ok && m.source != nil && bytes.Equal(m.source, m.rec.Source) && !s.dest.encrypted {
		return m.unopened(late), nil
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

// unread makes the recorded object of a source without reading that, nil where the record does not allow it.
func (m *remembered) unread(ctx context.Context, section *io.SectionReader, s *uploadSettings) *object {
	obj := &object{mimetype: m.rec.Mimetype, made: m.rec.MediaKeyTimestamp, recalled: true, Closer: nothing{}}
	watch := &watched{ctx: ctx, at: section}
	if !s.dest.encrypted {
		obj.body = sectionBody{io.NewSectionReader(watch, 0, section.Size())}
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
