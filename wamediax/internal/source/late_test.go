package source_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// counted counts the bytes that are read.
type counted struct {
	io.Reader
	read int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}

func (c *counted) Close() error { return nil }

func TestARecordedObjectIsReadOnlyAsFarAsItsSize(t *testing.T) {
	const size = 1000
	hash := sha256.Sum256(make([]byte, size))
	for name, test := range map[string]struct {
		length int
		want   error
	}{
		"the same":       {size, nil},
		"a byte shorter": {size - 1, streamenc.ErrSourceChanged},
		"a byte longer":  {size + 1, streamenc.ErrSourceChanged},
		"much longer":    {10 << 20, streamenc.ErrSourceChanged},
	} {
		t.Run(name, func(t *testing.T) {
			src := &counted{Reader: bytes.NewReader(make([]byte, test.length))}
			late := source.NewLate(t.Context(), func() (io.ReadCloser, error) { return src, nil })
			body := late.Unopened(size, hash[:], 1<<20)
			content, err := body.Open(0)
			require.ErrorIs(t, err, test.want)
			if err == nil {
				data, err := io.ReadAll(content)
				require.NoError(t, err)
				require.Len(t, data, size)
			}
			require.NoError(t, body.Close())
			require.Less(t, src.read, 1<<20)
		})
	}
}
