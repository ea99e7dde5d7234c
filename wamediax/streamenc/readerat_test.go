package streamenc_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

func TestReadAtReturnsAnyRangeOfThePlaintext(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 64*kib - 33, 64*kib - 32, 64*kib - 17, 64*kib - 16, 64 * kib, 64*kib + 1, 128*kib - 1, 200*kib + 3} {
		data := testData(size)
		object, info := encrypted(t, data)
		for name, opts := range map[string][]streamenc.DecryptOption{
			"unverified": nil,
			"verified":   {streamenc.VerifySidecar(info.Sidecar)},
		} {
			r, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType, opts...)
			require.NoError(t, err, "%s, %d bytes", name, size)
			require.Equal(t, int64(size), r.Size())
			require.NoError(t, iotest.TestReader(io.NewSectionReader(r, 0, r.Size()), data))
			for _, off := range []int{0, 1, 15, 16, 64*kib - 1, 64 * kib, 64*kib + 1, 128 * kib, size - 1, size, size + 1} {
				for _, length := range []int{0, 1, 17, 64 * kib, 130 * kib} {
					if off < 0 {
						continue
					}
					p := make([]byte, length)
					n, err := r.ReadAt(p, int64(off))
					want := data[min(off, size):min(off+length, size)]
					if len(want) < length {
						require.ErrorIs(t, err, io.EOF)
					} else {
						require.NoError(t, err)
					}
					equal(t, want, p[:n])
				}
			}
			_, err = r.ReadAt(make([]byte, 1), -1)
			require.Error(t, err)
		}
	}
}

func TestReadAtWithASidecarReturnsNoUnverifiedByte(t *testing.T) {
	const size = 300*kib + 5
	data := testData(size)
	object, info := encrypted(t, data)
	for _, at := range []int{0, 64*kib - 17, 64*kib - 16, 64*kib - 1, 64 * kib, 150 * kib, 256*kib - 17} {
		damaged := bytes.Clone(object)
		damaged[at] ^= 1
		r, err := streamenc.NewReaderAt(bytes.NewReader(damaged), int64(len(damaged)), testKey, mediaType, streamenc.VerifySidecar(info.Sidecar))
		require.NoError(t, err)
		p := make([]byte, size)
		n, err := r.ReadAt(p, 0)
		require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
		require.Equal(t, at/(64*kib)*64*kib, n)
		equal(t, data[:n], p[:n])
		n, err = r.ReadAt(p[:10], size-10) // another piece is intact
		require.NoError(t, err)
		equal(t, data[size-10:], p[:n])
	}
	for _, at := range []int{256*kib - 16, 256 * kib, len(object) - 11, len(object) - 1} { // in the last piece: it tells the size
		damaged := bytes.Clone(object)
		damaged[at] ^= 1
		_, err := streamenc.NewReaderAt(bytes.NewReader(damaged), int64(len(damaged)), testKey, mediaType, streamenc.VerifySidecar(info.Sidecar))
		require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
	}
	for _, sidecar := range [][]byte{nil, info.Sidecar[:10], append(bytes.Clone(info.Sidecar), info.Sidecar...), make([]byte, len(info.Sidecar))} {
		_, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(sidecar))
		require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
	}
}

func TestReadAtOfATruncatedOrFailingSource(t *testing.T) {
	data := testData(200 * kib)
	object, info := encrypted(t, data)
	for _, size := range []int64{-1, 0, 10, 25, 27, int64(len(object)) - 1} {
		_, err := streamenc.NewReaderAt(bytes.NewReader(object), size, testKey, mediaType)
		require.ErrorIs(t, err, streamenc.ErrTruncated)
	}
	for _, have := range []int{0, 100, len(object) - 1} {
		_, err := streamenc.NewReaderAt(bytes.NewReader(object[:have]), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(info.Sidecar))
		require.ErrorIs(t, err, streamenc.ErrTruncated)
	}
	fails := true
	src := readerAtFunc(func(p []byte, off int64) (int, error) {
		if fails && off < 100*kib {
			return 0, errLocal
		}
		return bytes.NewReader(object).ReadAt(p, off)
	})
	r, err := streamenc.NewReaderAt(src, int64(len(object)), testKey, mediaType)
	require.NoError(t, err)
	_, err = r.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, errLocal)
	fails = false
	p := make([]byte, 100)
	_, err = r.ReadAt(p, 0)
	require.NoError(t, err, "a failure is not permanent")
	equal(t, data[:100], p)
}

func TestReadAtFromManyGoroutines(t *testing.T) {
	data := testData(500 * kib)
	object, info := encrypted(t, data)
	r, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(info.Sidecar))
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			p := make([]byte, 1000)
			for off := i * 1111; off+len(p) <= len(data); off += 30 * kib {
				if _, err := r.ReadAt(p, int64(off)); err != nil || !bytes.Equal(data[off:off+len(p)], p) {
					t.Errorf("at %d: differs (%v)", off, err)
				}
			}
		})
	}
	all.Wait()
}

func TestEncryptedMediaCanBeServedInRanges(t *testing.T) {
	data := testData(300*kib + 77)
	object, info := encrypted(t, data)
	r, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(info.Sidecar))
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.ServeContent(w, req, "video.mp4", time.Time{}, io.NewSectionReader(r, 0, r.Size()))
	}))
	defer server.Close()
	defer server.Client().CloseIdleConnections()
	for _, span := range [][2]int{{0, len(data) - 1}, {5, 10}, {64*kib - 1, 64 * kib}, {100 * kib, 299 * kib}, {len(data) - 1, len(data) - 1}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", span[0], span[1]))
		resp, err := server.Client().Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusPartialContent, resp.StatusCode)
		equal(t, data[span[0]:span[1]+1], body)
	}
}
