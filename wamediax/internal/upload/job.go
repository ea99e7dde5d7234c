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

// Job says what is uploaded, where to, and how.
type Job struct {
	Source    io.Reader
	MediaType whatsmeow.MediaType
	Dest      Destination

	MediaKey []byte         // nil: a fresh one
	Sidecar  bool           // make the streaming sidecar
	Scratch  source.Scratch // where to keep the object of any source; nil: a spool, for plain streams only

	ResumeID string // names the source in the journal; "": a file's path does
	Version  string // of what ResumeID names; "": not known

	// FreshFor is for how long after the CDN confirmed an object it is taken to be there, without a request.
	FreshFor time.Duration
	// WithoutURL: the caller does not want to know the object's URL, which is not for its message.
	WithoutURL bool
	// AsWhatsmeow: the requests are those that whatsmeow makes, as long as nothing goes wrong: hosts are asked neither what they
	// hold of something small, nor for a small picture.
	AsWhatsmeow bool
	// RecordAtEnd: no record is needed before the first byte leaves.
	RecordAtEnd bool

	Look        Look          // nil: nobody looks at the source
	LookTimeout time.Duration // how long a Look may take

	Transfer []resume.Option // how failures are dealt with
	Progress func(Progress)  // nil: nobody wants to know
}

// entry is what the journal finds this upload by.
func (job Job) entry() journal.Upload {
	u := journal.Upload{MediaType: job.MediaType, Path: job.Dest.path, MediaKey: job.MediaKey}
	if job.Scratch != nil {
		return u // the caller overwrites the file: nothing could be sent from it later
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

// encryption is how the source is encrypted under key; nil: under a fresh one.
func (job Job) encryption(key []byte) []streamenc.Option {
	opts := []streamenc.Option{
		streamenc.WithSidecar(job.Sidecar),
		streamenc.WithFirstFrameSidecar(job.MediaType == mediatype.Sticker), // only an animated WebP gets one
	}
	if key != nil {
		opts = append(opts, streamenc.WithKey(key))
	}
	return opts
}

// note is what the source, read to its end, says of itself.
func (job Job) note() []byte {
	if late, ok := job.Source.(*source.Late); ok {
		return late.Note()
	}
	return nil
}

// Lookup returns the record of job's upload if its source is as it was recorded, and nil if not.
func (p *Pipeline) Lookup(ctx context.Context, job Job) *resume.Record {
	return p.Journal.Lookup(ctx, job.entry())
}
