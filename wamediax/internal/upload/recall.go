package upload

import (
	"bytes"
	"context"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// recall returns the object that the journal knows for job's source, nil if there is none.
//
// The rule of this package is that a media key never covers two plaintexts: whoever has both objects could tell where the
// two differ. A key that the caller sets is the caller's to answer for, and a fresh key has no other plaintext. So this is the
// only place where a key could meet a second one, and there are two ways to use a recorded key:
//
//   - The source looks unchanged. It is not read now; but [streamenc.Sealed] compares each MiB with what was sealed before a
//     byte of it is handed out, so a change that did not show ends the upload before it leaves.
//   - The source is read, and its SHA-256 is the recorded one. Anything that was encrypted before the hash was known is
//     thrown away if it is another.
func (p *Pipeline) recall(ctx context.Context, job Job, entry *journal.Entry, reports *reporter) (*object, error) {
	rec := entry.Record()
	if rec == nil {
		return nil, nil
	}
	if entry.Unchanged() {
		if obj := p.unread(ctx, job, rec); obj != nil {
			return obj, nil
		}
	}
	key := job.MediaKey
	if job.Dest.encrypted {
		key = rec.MediaKey.Bytes()
	}
	obj, err := p.seal(ctx, job, key, reports)
	switch {
	case err != nil:
		return nil, err
	case bytes.Equal(obj.Info.FileSHA256, rec.FileSHA256):
		obj.recalled = true
		obj.unrecorded = job.Dest.encrypted || !entry.Unchanged() // it looks different from outside, or knows more now
		if job.Dest.encrypted {
			obj.KeyMade = rec.MediaKeyTimestamp
		}
		return obj, nil
	case !job.Dest.encrypted:
		return obj, nil
	}
	if _, rereadable := source.InPlace(job.Source); rereadable {
		return nil, obj.Close()
	}
	return p.underAnotherKey(ctx, job, obj, key)
}

// unread returns the recorded object of a source that looks unchanged, without reading it. It returns nil where the record
// does not allow that.
func (p *Pipeline) unread(ctx context.Context, job Job, rec *resume.Record) *object {
	obj := &object{
		Content:  Content{Info: streamenc.Info{FileSHA256: rec.FileSHA256, FileLength: rec.FileLength}, Mimetype: rec.Mimetype},
		note:     rec.Note,
		recalled: true,
		Closer:   nothing{},
	}
	if late, ok := job.Source.(*source.Late); ok {
		if job.Dest.encrypted {
			return nil
		}
		body := late.Unopened(rec.FileLength, rec.FileSHA256, p.SpoolMemory) // opened only if a host asks for bytes
		obj.body, obj.Closer = body, body
		return obj
	}
	section, ok := source.InPlace(job.Source)
	if !ok || rec.Sidecar == nil && job.Sidecar {
		return nil
	}
	watched := source.WatchAt(ctx, section, nil)
	if !job.Dest.encrypted {
		obj.body = source.NewSection(watched, section.Size())
		return obj
	}
	sealed := sealedIn(rec)
	if sealed == nil {
		return nil // written by another version
	}
	sealed.Bind(watched)
	obj.body, obj.Info, obj.KeyMade = sealed, sealed.Info(), rec.MediaKeyTimestamp
	return obj
}

// underAnotherKey seals anew what a stream that can be read only once has left, encrypted under the recorded key: it turned
// out to be another plaintext. None of it has left. It closes obj.
func (p *Pipeline) underAnotherKey(ctx context.Context, job Job, obj *object, key []byte) (*object, error) {
	defer obj.Close()
	ciphertext, err := obj.body.Open(0)
	if err != nil {
		return nil, err
	}
	defer ciphertext.Close()
	again := job
	if again.Source, err = streamenc.NewReader(ciphertext, key, job.MediaType); err != nil {
		return nil, err
	}
	sealed, err := p.seal(ctx, again, job.MediaKey, &reporter{})
	if err != nil {
		return nil, err
	}
	sealed.note = obj.note
	return sealed, nil
}
