package upload

import (
	"bytes"
	"context"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// recall returns the object that the journal has for job's source, or nil.
//
// A media key must never cover two plaintexts: anyone with both objects could tell where they
// differ. A caller is responsible for its own key, and a new key has no other plaintext. So this is
// the only place where a key could meet a second plaintext. A recorded key is used in two ways:
//
//   - The source looks unchanged. It is not read now, but [streamenc.Sealed] compares each MiB with
//     the sealed content before returning it, so an undetected change ends the upload before a
//     changed byte leaves.
//   - The source is read, and its SHA-256 is the recorded one. If the hash differs, anything
//     encrypted before it was known is discarded.
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
		// its fingerprint changed, or it now has more to record
		obj.unrecorded = job.Dest.encrypted || !entry.Unchanged()
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

// unread returns the recorded object of a source that looks unchanged, without reading it. It
// returns nil if the record is not sufficient.
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
		// opened only if a host asks for bytes
		body := late.Unopened(rec.FileLength, rec.FileSHA256, p.SpoolMemory)
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

// underAnotherKey seals a stream again that can be read only once and was encrypted under the
// recorded key, but has another plaintext. None of it was sent. It closes obj.
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
