package fetch

import (
	"context"
	"slices"

	"go.mau.fi/whatsmeow"
)

const (
	// maxBytes is how many bytes Bytes accepts where no limit was set.
	maxBytes = 256 << 20
	// maxGrow is how many bytes Bytes allocates because a host says that they will come.
	maxGrow = 16 << 20
)

// Bytes is [Fetcher.To] into memory, all of it verified. It refuses more than 256 MiB, or what [WithLimit] sets, with
// cdn.ErrTooLarge. The slice is the caller's. Memory is allocated as hosts confirm the size, not as the message claims it.
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
type memory struct{ data []byte }

func (m *memory) expect(size int64) {
	if m.data == nil {
		m.data = make([]byte, 0, min(max(size, 0), maxGrow))
	}
}

func (m *memory) Write(p []byte) (int, error) {
	m.data = append(m.data, p...)
	return len(p), nil
}

func (m *memory) restartable() bool { return true }

func (m *memory) restart() error {
	m.data = m.data[:0]
	return nil
}
