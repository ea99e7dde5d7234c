package wamediax

import (
	"context"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// liveChunk is the default of WithLiveChunk.
const liveChunk = 1 << 20

// UploadLive encrypts what src gives, up to its end, and uploads it meanwhile: a recording, the output of a transcoder, an
// HTTP body. src is read once, nothing is stored, and the object is complete as soon as src ends. It is the object that
// [Client.UploadMedia] would have made.
//
//	cmd := exec.CommandContext(ctx, "ffmpeg", …, "-f", "ogg", "pipe:1")
//	voice, err := cmd.StdoutPipe()
//	// handle err, cmd.Start()
//	up, err := client.UploadLive(ctx, voice, whatsmeow.MediaAudio)
//
// The object goes in chunks ([WithLiveChunk]), one on its way while the next is being made. UploadLive holds two chunks and
// 64 KiB at most: it reads no faster than the hosts take. It waits for a slow src, however long. A chunk is kept until a host
// has taken it, and sent again if that takes more than one attempt; one that has been taken is gone. So, unlike an ordinary
// upload, a live one fails if the host that has the first chunks does not come back and the others do not know of them, and a
// [resume.Store] does nothing for it. For a file, use UploadMedia.
//
// If the service refuses the first chunk because it does not know live uploads, that chunk and the rest of src are spooled as
// for UploadMedia, and sent as an ordinary upload; src is not read twice. A single-chunk upload, as most voice messages are, is
// still in memory at its end, so it can fall back even then. [WithSpoolFallback] turns that off.
//
// If a Read of src is under way when ctx ends, or when the upload fails, UploadLive waits for it: have src end with ctx, as a command
// from [os/exec.CommandContext] does. Only media that is encrypted can go live; else the error is [streamenc.ErrNotEncrypted].
// The others are as for UploadMedia.
func (c *Client) UploadLive(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType, opts ...LiveOption) (*Uploaded, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if isNil(src) {
		return nil, errNilSource
	}
	s := liveSettings{transfer: c.defaults, chunk: liveChunk, fallback: true}
	apply(opts, func(opt LiveOption) { opt.live(&s) })
	target := upload.Target{MediaType: mediaType, Kind: s.kind, Messenger: c.MessengerConfig != nil}
	dest, err := target.Destination()
	if err != nil {
		return nil, err
	}
	if !dest.Encrypted() {
		return nil, fmt.Errorf("failed to begin a live upload: %w: %q", streamenc.ErrNotEncrypted, string(mediaType))
	}
	job, err := s.complete(upload.Job{Source: src, MediaType: mediaType, Dest: dest}, s.encryption)
	if err != nil {
		return nil, err
	}
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	result, err := c.uploads.Live(ctx, upload.LiveJob{Job: job, Chunk: s.chunk, Fallback: s.fallback})
	if err != nil {
		return nil, err
	}
	return uploadedFrom(result), nil
}
