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
	// maxBytes is how many bytes Bytes accepts where no limit was set.
	maxBytes = 256 << 20
	// maxAtOnce is how many bytes Bytes allocates at once because a host says that they will come. When as many have come,
	// it allocates the rest.
	maxAtOnce = 16 << 20
	// maxInPlace is up to how many bytes of media are decrypted where they are, once all have come. Decrypting more takes long
	// enough to be worth doing while it arrives.
	maxInPlace = 1 << 20
)

// Bytes is [Fetcher.To] into memory, all of it verified. It refuses more than 256 MiB, or what [WithLimit] sets, with
// cdn.ErrTooLarge. The slice is the caller's.
//
// Memory is allocated once a host has confirmed the size, never because the message claims it, and never more than the limit
// and the message allow: at once up to 16 MiB, and the rest when these have come.
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

// memory is a destination in memory.
type memory struct {
	data []byte
	size int64 // that a host has confirmed; -1: none has
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

// inPlace reports whether the whole object should be read into m.
func (m *memory) inPlace(encrypted bool) bool {
	limit := int64(maxAtOnce)
	if encrypted {
		limit = streamenc.EncryptedSize(maxInPlace)
	}
	return m.size >= 0 && m.size <= limit
}

// fill reads the object into m, and decrypts and verifies it there.
func (m *memory) fill(d *download, src *stream) error {
	object := slices.Grow(m.data[:0], int(m.size))[:m.size]
	n, err := io.ReadFull(src, object)
	object = object[:n]
	if err == nil {
		// The host that confirmed the size may have been wrong. The stream limits what another one can send.
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
	} else if sum := sha256.Sum256(object); !d.hashHolds(sum[:]) {
		return errUnencryptedHash
	}
	if int64(len(plaintext)) > d.maxPlaintext(d.limit) {
		return errMorePlaintext
	}
	m.data, d.written = plaintext, int64(len(plaintext))
	return nil
}
