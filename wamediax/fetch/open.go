package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Open opens the media that msg describes where it is, without storing it: each Read fetches and decrypts what it needs.
// [net/http.ServeContent] takes the result, to play a video with all seeking. Open asks a host at once, so that expired media
// is an error here.
//
// If msg is a video or audio message with a streaming sidecar, each 64 KiB is VERIFIED by it before a byte of it is returned;
// what does not match is fetched from every other host before Read returns streamenc.ErrInvalidMAC. Without one NOTHING is
// verified, neither the content nor its size, because all hashes in msg cover the whole. Where that matters, use
// [Fetcher.File].
//
// Reading on continues with one answer as long as it can; a seek makes a new request, of 256 KiB at first and of more if
// reading goes on from there. Hosts that send only whole objects are read and dropped up to the place. Connections, hosts and
// expired media are dealt with as [Fetcher.To] does, and errors are the same; after one, reading may be tried again.
//
// ctx bounds all of it, not only the opening. The caller must call Close, which also ends a Read that is under way; apart
// from that a Media is used by one goroutine at a time.
func (f *Fetcher) Open(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...CallOption) (*Media, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	d, err := f.begin(ctx, msg, opts)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("failed to open media: %w", err)
	}
	m := &Media{cancel: cancel, object: &remote{d: d, ctx: ctx}}
	opened := false
	defer func() {
		if !opened { // also where the caller's progress callback panics
			m.object.close()
			cancel(nil)
		}
	}()
	if err = m.open(); err != nil {
		return nil, fmt.Errorf("failed to open media: %w", err)
	}
	opened = true
	return m, nil
}

// Media is media that is read where it is, on the media hosts. See [Fetcher.Open].
type Media struct {
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	object  *remote
	plain   *io.SectionReader
	read    int64 // bytes of plaintext
	doubted bool  // a host gave wrong bytes since the last good ones
	closed  bool
}

// open learns the object's size and how to decrypt it.
func (m *Media) open() error {
	d := m.object.d
	d.anew = func(int64) bool { return true }
	err := d.elsewhere(m.object.ctx,
		func() (err error) {
			m.plain, err = m.object.decrypted()
			return m.object.unwrapped(err)
		},
		func() bool {
			m.object.close()
			d.fixed, d.size = false, -1
			return true
		})
	if err != nil {
		return err
	}
	if most := d.maxPlaintext(d.limit); m.plain.Size() > most {
		return fmt.Errorf("%w: it has %d bytes and may have %d", cdn.ErrTooLarge, m.plain.Size(), most)
	}
	return nil
}

// Read reads on from the current position.
func (m *Media) Read(p []byte) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, fs.ErrClosed
	}
	d := m.object.d
	err = d.elsewhere(m.object.ctx,
		func() error {
			var err error
			if n, err = m.plain.Read(p); n > 0 {
				return nil // an error comes again
			}
			return m.object.unwrapped(err)
		},
		func() bool {
			m.doubted = true
			m.object.close()
			return true
		})
	m.read += int64(n)
	switch {
	case n > 0:
		if m.doubted { // of other bytes, those hosts may have good ones
			m.doubted, d.mixed = false, 0
			d.Reset()
		}
		return n, nil
	case err == nil || err == io.EOF:
		return 0, err
	case errors.Is(context.Cause(m.object.ctx), fs.ErrClosed):
		return 0, fs.ErrClosed
	}
	m.object.close()
	d.Reset() // the next Read is a new try
	return 0, fmt.Errorf("failed to read media: %w", err)
}

// Seek sets the position for the next Read, as [io.Seeker] says. It makes no request.
func (m *Media) Seek(offset int64, whence int) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, fs.ErrClosed
	}
	return m.plain.Seek(offset, whence)
}

// Size returns the size of the media in bytes.
func (m *Media) Size() int64 { return m.plain.Size() }

// Close ends a Read that is under way and lets go of the connection. It may be called more than once.
func (m *Media) Close() error {
	m.cancel(fs.ErrClosed)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.object.close()
	return nil
}

// Downloaded says what was received so far, and under which path. Bytes is what was read.
func (m *Media) Downloaded() Downloaded {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.object.d.downloaded(m.read)
}

// decrypted returns the object's plaintext.
func (r *remote) decrypted() (*io.SectionReader, error) {
	size, err := r.size()
	if err != nil {
		return nil, err
	}
	d := r.d
	d.fixed = true
	if !d.encrypted() {
		return io.NewSectionReader(r, 0, size), nil
	}
	var verify []streamenc.DecryptOption
	if len(d.sidecar) > 0 {
		verify = append(verify, streamenc.VerifySidecar(d.sidecar))
	}
	plain, err := streamenc.NewReaderAt(r, size, d.key, d.mediaType, verify...)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(plain, 0, plain.Size()), nil
}
