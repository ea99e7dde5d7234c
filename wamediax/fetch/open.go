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

// Open opens the media that msg describes for random access, without storing it: each Read fetches
// and decrypts what it needs. [net/http.ServeContent] accepts the result, so that a browser can
// seek in a video. Open already sends a request, so expired media fails here and not in Read.
//
// If msg is a video or audio message with a streaming sidecar, each 64 KiB chunk is VERIFIED before
// Read returns any of it. A chunk that does not match is fetched from every other host before Read
// returns streamenc.ErrInvalidMAC. Without a sidecar NOTHING is verified, neither content nor size,
// because all other hashes in msg cover the whole file. If you need verified media, use
// [Fetcher.File].
//
// Sequential reads share one response as long as possible. A seek sends a new request, for 256 KiB
// at first and for more as sequential reads follow. A host that ignores ranges sends the whole
// object, of which the bytes before the position are discarded. Broken connections, failing hosts
// and expired media are handled as in [Fetcher.To], with the same errors. After an error, Read may
// be called again.
//
// ctx applies to all reads, not only to Open. The caller must call Close, which also ends a Read in
// progress. Apart from that, a Media is not safe for concurrent use.
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

// Media is an io.ReadSeekCloser of media on the media hosts. See [Fetcher.Open].
type Media struct {
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	object  *remote
	plain   *io.SectionReader
	read    int64 // bytes of plaintext read so far
	corrupt bool  // a host has sent wrong bytes since the last verified ones
	closed  bool
}

// open finds the object's size and prepares to decrypt it.
func (m *Media) open() error {
	d := m.object.d
	d.canRestart = func(int64) bool { return true }
	err := d.retryCorrupt(m.object.ctx,
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
		return fmt.Errorf("%w: media is %d bytes, limit is %d", cdn.ErrTooLarge, m.plain.Size(), most)
	}
	return nil
}

// Read reads from the current position.
func (m *Media) Read(p []byte) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, fs.ErrClosed
	}
	d := m.object.d
	err = d.retryCorrupt(m.object.ctx,
		func() error {
			var err error
			if n, err = m.plain.Read(p); n > 0 {
				return nil // a permanent error would return again
			}
			return m.object.unwrapped(err)
		},
		func() bool {
			m.corrupt = true
			m.object.close()
			return true
		})
	m.read += int64(n)
	switch {
	case n > 0:
		if m.corrupt { // those hosts may have other chunks right
			m.corrupt, d.mismatches = false, 0
			d.Reset()
		}
		d.reuploads = 0
		return n, nil
	case err == nil || err == io.EOF:
		return 0, err
	case errors.Is(context.Cause(m.object.ctx), fs.ErrClosed):
		return 0, fs.ErrClosed
	}
	m.object.close()
	d.Reset() // the next Read may ask every host again
	return 0, fmt.Errorf("failed to read media: %w", err)
}

// Seek sets the position for the next Read, like [io.Seeker]. It sends no request.
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

// Close ends a Read in progress and closes the connection. It may be called more than once.
func (m *Media) Close() error {
	m.cancel(fs.ErrClosed)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.object.close()
	return nil
}

// Downloaded describes what was received so far. Its Bytes counts the bytes that Read returned.
func (m *Media) Downloaded() Downloaded {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.object.d.downloaded(m.read)
}

// decrypted returns a reader of the object's plaintext.
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
