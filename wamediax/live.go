package wamediax

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

const (
	liveChunk = 1 << 20  // bytes of a live upload's chunk, unless WithLiveChunk says otherwise
	livePiece = 64 << 10 // bytes of the source that are encrypted at a time
)

// WithLiveChunk sets the size of the chunks in which [Client.UploadLive] sends, in bytes: 1 MiB. It is rounded up to a
// multiple of 16, and 1 GiB at most. Smaller ones leave earlier, larger ones make fewer requests; at most two are held in
// memory.
func WithLiveChunk(bytes int64) UploadOption {
	return func(s *uploadSettings) { s.liveChunk = (min(max(bytes, 1), 1<<30) + 15) / 16 * 16 }
}

// WithSpoolFallback says whether [Client.UploadLive] goes on as an ordinary upload where the service does not know live
// ones. It does unless this is off; then the error is the live upload's: [resume.ErrLiveUnsupported] at the first chunk.
func WithSpoolFallback(on bool) UploadOption {
	return func(s *uploadSettings) { s.noSpoolFallback = !on }
}

// UploadLive encrypts what src gives, up to its end, and uploads it meanwhile: a recording, the output of a transcoder, an
// HTTP body. src is read once, nothing is stored, and the object is complete as soon as src ends. It is the object that
// [Client.UploadMedia] would have made.
//
//	cmd := exec.CommandContext(ctx, "ffmpeg", …, "-f", "ogg", "pipe:1")
//	voice, err := cmd.StdoutPipe()
//	// handle err, cmd.Start()
//	up, err := client.UploadLive(ctx, voice, whatsmeow.MediaAudio)
//
// It goes in chunks ([WithLiveChunk]), one on its way while the next is being made. Two chunks and 64 KiB are the most that
// is held: whoever writes faster than the hosts take is made to wait. A src that is slow is waited for, however long. A chunk is
// kept until a host has taken it, and sent again where that takes more than one attempt; one that has been taken is gone. So,
// unlike an ordinary upload, a live one fails where the host that has the first chunks does not come back and the others do
// not know of them, and a [resume.Store] does nothing for it. For a file, use UploadMedia.
//
// Where the service does not know live uploads, which it says at the first chunk, that chunk and the rest of src are spooled
// as for UploadMedia, and sent as an ordinary upload; src is not read twice. What has one chunk alone, as most voice messages
// do, is still there at the end: it goes as an ordinary upload also where hosts refuse it only then. [WithSpoolFallback]
// turns that off.
//
// A Read of src that is under way when ctx ends, or the upload fails, is waited for: have src end with ctx, as a command
// from [os/exec.CommandContext] does. Only media that is encrypted can go live; else the error is [streamenc.ErrNotEncrypted].
// The others are as for UploadMedia.
func (c *Client) UploadLive(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType, opts ...UploadOption) (*Uploaded, error) {
	s := uploadSettings{liveChunk: liveChunk}
	for _, opt := range opts {
		opt(&s)
	}
	if err := c.aim(mediaType, &s); err != nil {
		return nil, err
	}
	if !s.dest.encrypted {
		return nil, fmt.Errorf("failed to begin a live upload: %w: %q", streamenc.ErrNotEncrypted, string(mediaType))
	}
	if err := c.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer c.endTurn()
	obj, resp, err := c.uploadLive(ctx, src, &s)
	if err != nil {
		return nil, err
	}
	return uploadedFrom(obj, resp, &s), nil
}

func (c *Client) uploadLive(ctx context.Context, src io.Reader, s *uploadSettings) (*object, resume.Response, error) {
	reports := &reporter{report: s.progress}
	obj := &object{made: time.Now().Truncate(time.Second), Closer: nothing{}}
	enc, err := streamenc.NewEncryptor(s.mediaType, append(s.encryption(), streamenc.WithParallelism(1))...) // sending has work for the rest
	if err != nil {
		return nil, resume.Response{}, fmt.Errorf("failed to encrypt: %w", err)
	}
	out := newLiveWriter(ctx, enc, c.liveTo(s.dest, reports), s, c.spoolMemory)
	defer out.stop()

	head := new(source.Head)
	watch := source.Watch(out.ctx, src, func(read int64) {
		if out.spool != nil {
			reports.done(Encrypting, read, 0)
		}
	})
	_, err = io.CopyBuffer(out, io.TeeReader(watch, head), make([]byte, livePiece))
	obj.mimetype = head.Mimetype()
	if out.ctx.Err() != nil {
		out.settle() // a chunk has failed: that, and not src, is why reading ended
	}
	switch {
	case ctx.Err() != nil && !errors.Is(out.err, ctx.Err()):
		return nil, resume.Response{}, fmt.Errorf("failed to upload: %w while reading the source", ctxerr.Of(ctx))
	case out.err != nil: // where ctx has ended, it tells what the hosts said
		return nil, resume.Response{}, out.err
	case err != nil:
		return nil, resume.Response{}, fmt.Errorf("failed to read: %w", err)
	}
	if obj.info, err = out.finish(); err != nil {
		return nil, resume.Response{}, err
	}
	total := streamenc.EncryptedSize(obj.info.FileLength)
	if out.spool == nil {
		resp, err := out.live.Finish(ctx, obj.info.FileEncSHA256)
		if err == nil {
			reports.done(Uploading, total, total)
		}
		if err == nil || ctx.Err() != nil || !out.canDoWithout(err) {
			return obj, resp, err
		}
		if out.fallBack(err); out.err != nil {
			return nil, resume.Response{}, out.err
		}
	}
	c.Log.Warnf("Live upload goes on as an ordinary one: %v", out.refusal)
	obj.body = source.NewSection(out.spool, total)
	resp, err := c.send(ctx, obj, s.dest, reports)
	resp.Sent += out.live.Sent()
	return obj, resp, err
}

// liveTo begins a live upload to dest.
func (c *Client) liveTo(dest destination, reports *reporter) *resume.Live {
	return c.uploaderTo(dest).Live(resume.LiveObject{
		Path: dest.path,
		OnAttempt: func(a resume.Attempt) {
			if a.After != nil {
				c.Log.Warnf("Live upload goes on with attempt %d at byte %d on %s after: %v", a.Number, a.Offset, a.Host, a.After)
			}
			reports.attempt(a, 0)
		},
		Progress: func(sent int64) { reports.done(Uploading, sent, 0) },
	})
}
