package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"slices"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

const (
	// maxBytes is the limit of Bytes where the caller set none.
	maxBytes = 256 << 20
	// maxAtOnce limits the first allocation for a size that a host has announced. The rest is
	// allocated once that many bytes have arrived.
	maxAtOnce = 16 << 20
	// maxInPlace limits the media that is decrypted in its own buffer, after it has arrived
	// completely. Larger media takes long enough to decrypt that decrypting while receiving is
	// faster.
	maxInPlace = 1 << 20
)

// Bytes is [Fetcher.To] into memory, and returns verified plaintext only. Media of more than 256
// MiB, or more than [WithLimit] allows, fails with cdn.ErrTooLarge. The caller owns the slice.
//
// Bytes allocates only after a host has confirmed the size, never because the message claims it: up
// to 16 MiB first, and the rest once those have arrived. If no host states the size, the slice
// grows with the bytes that arrive. It never holds more bytes than the limit and the message's
// length allow.
func (f *Fetcher) Bytes(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...CallOption) ([]byte, Downloaded, error) {
	var dst memory
	got, err := f.run(ctx, msg, &dst, append(slices.Clone(opts), callOption(func(s *settings) {
		if s.limit == 0 {
			s.limit = maxBytes
		}
	})))
	if err != nil {
		return nil, got, err
	}
	return dst.data, got, nil
}

// memory is the destination of Bytes.
type memory struct {
	data []byte
	size int64 // confirmed by a host; -1: not yet
}

func (m *memory) expect(size int64) {
	m.size = size
	if m.data == nil {
		m.data = make([]byte, 0, min(max(size, 0), maxAtOnce))
	}
}

func (m *memory) Write(p []byte) (int, error) {
	if need := len(m.data) + len(p); need > cap(m.data) && int64(need) <= m.size {
		m.data = append(make([]byte, 0, m.size), m.data...)
	}
	m.data = append(m.data, p...)
	return len(p), nil
}

func (m *memory) restartable() bool { return true }

func (m *memory) restart() error {
	m.data = m.data[:0]
	return nil
}

// inPlace reports whether the whole object should be read into m and decrypted there.
func (m *memory) inPlace(encrypted bool) bool {
	limit := int64(maxAtOnce)
	if encrypted {
		limit = streamenc.EncryptedSize(maxInPlace)
	}
	return m.size >= 0 && m.size <= limit
}

// fill reads the whole object into m, then decrypts and verifies it there.
func (m *memory) fill(d *download, src *stream) error {
	object := slices.Grow(m.data[:0], int(m.size))[:m.size]
	n, err := io.ReadFull(src, object)
	object = object[:n]
	if err == nil {
		// The host that confirmed the size may have been wrong. The stream limits what another one
		// can send.
		var more [1]byte
		if n, _ := src.Read(more[:]); n > 0 {
			rest := bytes.NewBuffer(append(object, more[0]))
			_, _ = rest.ReadFrom(src)
			object = rest.Bytes()
		}
	}
	if src.err != nil && src.err != io.EOF {
		return src.err
	}
	plaintext := object
	if d.encrypted() {
		if plaintext, err = streamenc.DecryptBytes(object, d.key, d.mediaType, streamenc.ExpectHashes(d.encSHA256, d.sha256)); err != nil {
			return err
		}
	} else if sum := sha256.Sum256(object); !d.hashMatches(sum[:]) {
		return errUnencryptedHash
	}
	if int64(len(plaintext)) > d.maxPlaintext(d.limit) {
		return errMorePlaintext
	}
	m.data, d.written = plaintext, int64(len(plaintext))
	return nil
}
