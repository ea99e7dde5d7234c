package wamediax

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// OpenMedia opens the media that msg describes where it lies, without storing it: what is read is fetched, decrypted and
// forgotten. It is what [net/http.ServeContent] takes, to play a video with all seeking. Its size is where Seek(0,
// io.SeekEnd) leads. It asks a host at once, so that expired media is an error here.
//
// Where msg is a video or audio message with a streaming sidecar, each 64 KiB is VERIFIED by it before a byte of it is
// handed out; what does not match is fetched from every other host before Read says streamenc.ErrInvalidMAC. Without one
// NOTHING is verified, neither the content nor its size: all hashes there are cover the whole. Where that matters, use
// [Client.DownloadFile].
//
// Reading on goes on with one answer as long as it can; a seek makes a new request, of 256 KiB at first and of more if
// reading goes on from there. Hosts that send only whole objects are read and dropped up to the place. Connections, hosts and
// expired media are dealt with as [Client.DownloadTo] does, and errors are the same; after one, reading may be tried again.
//
// ctx bounds all of it, not only the opening. The caller must call Close, which also ends a Read that is under way; apart
// from that it is used by one goroutine at a time. The result has a method Downloaded as well, which tells what was
// received and under which path: interface{ Downloaded() Downloaded }.
func (c *Client) OpenMedia(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (io.ReadSeekCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	m, err := c.openMedia(ctx, msg, opts)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("failed to open media: %w", err)
	}
	m.cancel = cancel
	return m, nil
}

func (c *Client) openMedia(ctx context.Context, msg whatsmeow.DownloadableMessage, opts []DownloadOption) (*openMedia, error) {
	t, err := c.newTransfer(ctx, msg, opts)
	if err != nil {
		return nil, err
	}
	object := &remote{t: t, ctx: ctx}
	for {
		plain, err := object.decrypted()
		if err == nil {
			return &openMedia{object: object, plain: plain}, nil
		}
		if !t.media.isTransportFault(err) || !object.elsewhere(err) {
			object.close()
			return nil, object.plainly(err)
		}
	}
}

// openMedia is what OpenMedia returns.
type openMedia struct {
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	object *remote
	plain  *io.SectionReader
	read   int64 // bytes of plaintext
	closed bool
}

func (m *openMedia) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for !m.closed {
		n, err := m.plain.Read(p)
		m.read += int64(n)
		switch {
		case n > 0:
			m.object.t.distrusted = 0
			return n, nil // an error comes again
		case err == nil || err == io.EOF:
			return 0, err
		case m.object.t.media.isTransportFault(err) && m.object.elsewhere(err):
		case errors.Is(context.Cause(m.object.ctx), fs.ErrClosed):
			return 0, fs.ErrClosed
		default:
			return 0, fmt.Errorf("failed to read media: %w", m.object.plainly(err))
		}
	}
	return 0, fs.ErrClosed
}

func (m *openMedia) Seek(offset int64, whence int) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, fs.ErrClosed
	}
	return m.plain.Seek(offset, whence)
}

func (m *openMedia) Close() error {
	m.cancel(fs.ErrClosed) // ends a Read that is under way
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.object.close()
	return nil
}

// Downloaded says what was received so far, and under which path. Bytes is what was read.
func (m *openMedia) Downloaded() Downloaded {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.object.t.downloaded(m.read)
}

// decrypted gives the object's plaintext.
func (r *remote) decrypted() (*io.SectionReader, error) {
	size, err := r.size()
	if err != nil {
		return nil, err
	}
	m := r.t.media
	if !m.encrypted() {
		return io.NewSectionReader(r, 0, size), nil
	}
	var verify []streamenc.DecryptOption
	if len(m.sidecar) > 0 {
		verify = append(verify, streamenc.VerifySidecar(m.sidecar))
	}
	plain, err := streamenc.NewReaderAt(r, size, m.key, m.mediaType, verify...)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(plain, 0, plain.Size()), nil
}
