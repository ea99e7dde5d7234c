package upload

import (
	"context"
	"io"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Job describes an upload.
type Job struct {
	Source    io.Reader
	MediaType whatsmeow.MediaType
	Dest      Destination

	MediaKey []byte // nil for a new random key
	Sidecar  bool   // compute the streaming sidecar
	// stores the object of any source; nil for a spool, used for plain streams only
	Scratch source.Scratch

	ResumeID string // name of the source in the journal; "" for a file's path
	Version  string // of the source with this ResumeID; "" if not known

	// FreshFor is how long after the CDN confirmed an object it is assumed to exist, without a
	// request.
	FreshFor time.Duration
	// WithoutURL leaves the URL out of the result.
	WithoutURL bool
	// AsWhatsmeow makes the same requests as whatsmeow unless something fails: no probe for a small
	// object, no request for a small picture.
	AsWhatsmeow bool
	// RecordAtEnd saves no record before the first byte leaves.
	RecordAtEnd bool

	Look        Look          // nil for no preview
	LookTimeout time.Duration // time limit of Look

	Transfer []resume.Option // failover settings
	Progress func(Progress)  // may be nil
}

// entry identifies the upload in the journal.
func (job Job) entry() journal.Upload {
	u := journal.Upload{MediaType: job.MediaType, Path: job.Dest.path, MediaKey: job.MediaKey}
	if job.Scratch != nil {
		return u // the caller may overwrite the file: it cannot be sent from later
	}
	u.Name, u.Fingerprint = source.Identify(job.Source)
	if job.ResumeID != "" {
		u.Name = "id " + job.ResumeID
	}
	if job.Version != "" {
		u.Fingerprint = []byte(job.Version)
	}
	return u
}

// encryption returns the options to encrypt under key, or under a new key if it is nil.
func (job Job) encryption(key []byte) []streamenc.Option {
	opts := []streamenc.Option{
		streamenc.WithSidecar(job.Sidecar),
		// only an animated WebP gets one
		streamenc.WithFirstFrameSidecar(job.MediaType == mediatype.Sticker),
	}
	if key != nil {
		opts = append(opts, streamenc.WithKey(key))
	}
	return opts
}

// note returns the note of a source that was read to its end.
func (job Job) note() []byte {
	if late, ok := job.Source.(*source.Late); ok {
		return late.Note()
	}
	return nil
}

// Lookup returns the record of job's upload if its source has not changed, or nil.
func (p *Pipeline) Lookup(ctx context.Context, job Job) *resume.Record {
	return p.Journal.Lookup(ctx, job.entry())
}
