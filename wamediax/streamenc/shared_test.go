package streamenc_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

const (
	kib       = 1 << 10
	mib       = 1 << 20
	mediaType = whatsmeow.MediaVideo
)

var (
	testKey  = bytes.Repeat([]byte{7}, 32)
	withKey  = streamenc.WithKey(testKey)
	errLocal = errors.New("out of luck")
)

// parallelisms are used by every test of the pipeline: the caller alone, one helper that hashes,
// another that encrypts, and two that hash.
var parallelisms = []int{1, 2, 3, 4}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testData returns the same bytes for the same size, without a period that could hide an error.
func testData(size int) []byte {
	data := make([]byte, size)
	source := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)})
	_, _ = source.Read(data)
	return data
}

// encrypted returns EncryptBytes of data under testKey, with a sidecar.
func encrypted(t testing.TB, data []byte) ([]byte, streamenc.Info) {
	t.Helper()
	object, info, err := streamenc.EncryptBytes(data, mediaType, withKey, streamenc.WithSidecar(true), streamenc.WithParallelism(1))
	require.NoError(t, err)
	return object, info
}

func readSealed(t testing.TB, sealed *streamenc.Sealed, offset int64) []byte {
	t.Helper()
	r, err := sealed.Open(offset)
	require.NoError(t, err)
	defer r.Close()
	data := make([]byte, sealed.Size()-offset)
	_, err = io.ReadFull(r, data)
	require.NoError(t, err)
	_, err = r.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	return data
}

// equal is require.Equal for megabytes.
func equal(t testing.TB, want, got []byte) {
	t.Helper()
	if !bytes.Equal(want, got) {
		at := 0
		for at < len(want) && at < len(got) && want[at] == got[at] {
			at++
		}
		require.Failf(t, "bytes differ", "%d and %d bytes, from byte %d on", len(want), len(got), at)
	}
}

// The readers below behave as io.Reader's documentation allows.

// moody returns data in pieces of up to max bytes, and sometimes nothing.
type moody struct {
	data  []byte
	max   int
	empty bool
}

func (m *moody) Read(p []byte) (int, error) {
	if len(m.data) == 0 {
		return 0, io.EOF
	}
	if m.empty = !m.empty; m.empty {
		return 0, nil
	}
	n := copy(p[:min(len(p), m.max)], m.data)
	m.data = m.data[n:]
	return n, nil
}

// together returns its error with the last data.
type together struct {
	data []byte
	err  error
}

func (r *together) Read(p []byte) (int, error) {
	n := copy(p, r.data)
	r.data = r.data[n:]
	if len(r.data) == 0 {
		return n, r.err
	}
	return n, nil
}

// failingAfter returns n bytes of a source and then an error.
func failingAfter(data []byte, n int, err error) io.Reader {
	return io.MultiReader(bytes.NewReader(data[:n]), &together{err: err})
}

// limitedWriter accepts limit bytes. The write that exceeds them is short, with err.
type limitedWriter struct {
	bytes.Buffer
	limit int
	err   error
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if rest := w.limit - w.Len(); len(p) > rest {
		_, _ = w.Buffer.Write(p[:rest])
		return rest, w.err
	}
	return w.Buffer.Write(p)
}

// zeros is a source of size zero bytes.
type zeros struct{ size int64 }

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), max(z.size-off, 0)))
	clear(p[:n])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
