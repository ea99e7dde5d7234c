package streamenc_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// borderSizes are sizes around blocks, sidecar pieces, ring buffers and the whole ring.
func borderSizes() []int {
	var sizes []int
	offs := []int{-17, -16, -1, 0, 1, 15, 16, 17}
	if raceDetector {
		offs = []int{-16, 0, 1}
	}
	for _, border := range []int{0, 16, 16 * kib, 64 * kib, 128 * kib, 256 * kib, 512 * kib} {
		for _, off := range offs {
			if size := border + off; size >= 0 && !slices.Contains(sizes, size) {
				sizes = append(sizes, size)
			}
		}
	}
	return sizes
}

func TestObjectDoesNotDependOnParallelismOrSource(t *testing.T) {
	for _, size := range borderSizes() {
		data := testData(size)
		want, wantInfo := encrypted(t, data)
		require.Equal(t, streamenc.EncryptedSize(int64(size)), int64(len(want)))
		require.Equal(t, int64(size), wantInfo.FileLength)
		plainSum, encSum := sha256.Sum256(data), sha256.Sum256(want)
		require.Equal(t, plainSum[:], wantInfo.FileSHA256)
		require.Equal(t, encSum[:], wantInfo.FileEncSHA256)
		for _, n := range parallelisms {
			opts := []streamenc.Option{withKey, streamenc.WithSidecar(true), streamenc.WithParallelism(n)}
			object, info, err := streamenc.EncryptBytes(data, mediaType, opts...)
			require.NoError(t, err)
			equal(t, want, object)
			require.Equal(t, wantInfo, info)
			for name, src := range map[string]io.Reader{
				"plain":       bytes.NewReader(data),
				"short reads": &moody{data: data, max: 1000 + size%7},
				"with EOF":    &together{data: data, err: io.EOF},
				"half reads":  iotest.HalfReader(bytes.NewReader(data)),
			} {
				var dst bytes.Buffer
				info, err := streamenc.Encrypt(&dst, src, mediaType, opts...)
				require.NoError(t, err, "%s, %d bytes", name, size)
				equal(t, want, dst.Bytes())
				require.Equal(t, wantInfo, info)
			}
		}
	}
}

func TestUpdateAndWriteAcceptChunksOfAnySize(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 17, 33, 200*kib + 5} {
		data := testData(size)
		want, wantInfo := encrypted(t, data)
		for _, chunk := range []int{1, 2, 7, 15, 16, 17, 31, 32, 33, 4095, 16*kib - 1, 16*kib + 1, 64 * kib, 64*kib + 1, 150 * kib} {
			if size/chunk > 20000 || raceDetector && size/chunk > 2000 {
				continue
			}
			for _, n := range parallelisms {
				opts := []streamenc.Option{withKey, streamenc.WithSidecar(true), streamenc.WithParallelism(n)}
				e, err := streamenc.NewEncryptor(mediaType, opts...)
				require.NoError(t, err)
				var dst bytes.Buffer
				w, err := streamenc.NewWriter(&dst, mediaType, opts...)
				require.NoError(t, err)

				object := []byte("in front")
				for part := range slices.Chunk(data, chunk) {
					object = e.Update(object, part)
					written, err := w.Write(part)
					require.NoError(t, err)
					require.Equal(t, len(part), written)
				}
				object, info, err := e.Finalize(object)
				require.NoError(t, err)
				equal(t, append([]byte("in front"), want...), object)
				require.Equal(t, wantInfo, info)

				require.Empty(t, w.Info())
				require.NoError(t, w.Close())
				equal(t, want, dst.Bytes())
				require.Equal(t, wantInfo, w.Info())
			}
		}
	}
}

func TestWriteAndReadFromCanBeMixed(t *testing.T) {
	data := testData(300*kib + 3)
	want, wantInfo := encrypted(t, data)
	var dst bytes.Buffer
	w, err := streamenc.NewWriter(&dst, mediaType, withKey, streamenc.WithSidecar(true))
	require.NoError(t, err)
	_, err = w.Write(data[:7])
	require.NoError(t, err)
	n, err := io.Copy(w, onlyReader{bytes.NewReader(data[7 : 200*kib])})
	require.NoError(t, err)
	require.Equal(t, int64(200*kib-7), n)
	_, err = w.Write(data[200*kib:])
	require.NoError(t, err)
	require.NoError(t, w.Close())
	equal(t, want, dst.Bytes())
	require.Equal(t, wantInfo, w.Info())
}

func TestAnEmptyFileIs26Bytes(t *testing.T) {
	object, info, err := streamenc.EncryptBytes(nil, mediaType)
	require.NoError(t, err)
	require.Len(t, object, 26)
	require.Equal(t, int64(0), info.FileLength)
	require.Len(t, info.MediaKey, 32)
}

func TestEncryptingWithoutAKeyUsesARandomOne(t *testing.T) {
	_, first, err := streamenc.EncryptBytes([]byte("x"), mediaType)
	require.NoError(t, err)
	_, second, err := streamenc.EncryptBytes([]byte("x"), mediaType)
	require.NoError(t, err)
	require.NotEqual(t, first.MediaKey, second.MediaKey)
	require.Nil(t, first.Sidecar)
}

func TestInvalidKeysAndMediaTypes(t *testing.T) {
	for _, size := range []int{0, 31, 33} {
		key := bytes.Repeat([]byte("k"), size)
		_, _, err := streamenc.EncryptBytes(nil, mediaType, streamenc.WithKey(key))
		require.ErrorIs(t, err, streamenc.ErrKeySize)
		if size > 0 {
			require.NotContains(t, err.Error(), "kkk")
		}
		_, err = streamenc.NewReader(nil, key, mediaType)
		require.ErrorIs(t, err, streamenc.ErrKeySize)
		_, err = streamenc.NewReaderAt(nil, 26, key, mediaType)
		require.ErrorIs(t, err, streamenc.ErrKeySize)
		_, err = streamenc.Seal(zeros{}, 0, mediaType, streamenc.WithKey(key))
		require.ErrorIs(t, err, streamenc.ErrKeySize)
	}
	_, _, err := streamenc.EncryptBytes(nil, mediaType, streamenc.WithKey(nil))
	require.ErrorIs(t, err, streamenc.ErrKeySize, "a missing key must not mean a random one")
	for _, never := range []whatsmeow.MediaType{"", "product-catalog-image"} {
		_, err := streamenc.Encrypt(io.Discard, bytes.NewReader(nil), never)
		require.ErrorIs(t, err, streamenc.ErrNotEncrypted)
		_, err = streamenc.Decrypt(io.Discard, bytes.NewReader(nil), testKey, never)
		require.ErrorIs(t, err, streamenc.ErrNotEncrypted)
	}
}

func TestEncryptingDoesNotModifyTheCallersMemory(t *testing.T) {
	backing := testData(1000)
	before := bytes.Clone(backing)
	key := bytes.Clone(testKey)
	opt := streamenc.WithKey(key)
	clear(key)
	object, info, err := streamenc.EncryptBytes(backing[:500], mediaType, opt)
	require.NoError(t, err)
	require.Equal(t, before, backing, "including the spare capacity")
	want, _ := encrypted(t, before[:500])
	require.Equal(t, want, object, "the key was copied")
	require.Equal(t, testKey, info.MediaKey)
}

func TestEncryptingReturnsTheSourcesErrorAtAnyPosition(t *testing.T) {
	data := testData(700 * kib)
	want, _ := encrypted(t, data)
	for _, at := range []int{0, 1, 15, 16, 17, 64*kib - 1, 64 * kib, 64*kib + 1, 512 * kib, 600*kib + 5, 700 * kib} {
		for _, n := range parallelisms {
			for name, src := range map[string]io.Reader{
				"after":    failingAfter(data, at, errLocal),
				"together": &together{data: data[:at], err: errLocal},
				// An error that wraps io.EOF is a failure: a connection ended, not the file.
				"wrapped EOF": failingAfter(data, at, fmt.Errorf("connection lost: %w", io.EOF)),
			} {
				var dst bytes.Buffer
				_, err := streamenc.Encrypt(&dst, src, mediaType, withKey, streamenc.WithParallelism(n))
				require.Error(t, err, name)
				require.ErrorContains(t, err, "failed to read plaintext")
				require.True(t, errors.Is(err, errLocal) || errors.Is(err, io.EOF))
				equal(t, want[:at/16*16], dst.Bytes()) // the output of a sequential loop
			}
		}
	}
}

func TestSourceThatNeverReturnsDataIsAnError(t *testing.T) {
	_, err := streamenc.Encrypt(io.Discard, iotest.ErrReader(nil), mediaType)
	require.ErrorIs(t, err, io.ErrNoProgress)
	_, err = streamenc.Decrypt(io.Discard, iotest.ErrReader(nil), testKey, mediaType)
	require.ErrorIs(t, err, io.ErrNoProgress)
}

func TestEncryptingReturnsTheDestinationsErrorAtAnyPosition(t *testing.T) {
	data := testData(700 * kib)
	want, _ := encrypted(t, data)
	for _, at := range []int{0, 1, 16, 64*kib - 1, 64 * kib, 512*kib + 1, 700*kib - 1, 700 * kib, 700*kib + 16, 700*kib + 25} {
		for _, n := range parallelisms {
			for _, failure := range []error{errLocal, nil} {
				expected := failure
				if failure == nil {
					expected = io.ErrShortWrite
				}
				dst := &limitedWriter{limit: at, err: failure}
				_, err := streamenc.Encrypt(dst, bytes.NewReader(data), mediaType, withKey, streamenc.WithParallelism(n))
				require.ErrorIs(t, err, expected)
				require.ErrorContains(t, err, "failed to write ciphertext")
				equal(t, want[:at], dst.Bytes())

				dst = &limitedWriter{limit: at, err: failure}
				w, err := streamenc.NewWriter(dst, mediaType, withKey, streamenc.WithParallelism(n))
				require.NoError(t, err)
				written, err := w.Write(data)
				require.LessOrEqual(t, written, len(data))
				if at < 700*kib {
					require.ErrorIs(t, err, expected)
					require.LessOrEqual(t, written, at)
				}
				require.ErrorIs(t, w.Close(), expected)
				require.ErrorIs(t, w.Close(), expected, "and again")
				require.Empty(t, w.Info())
				equal(t, want[:at], dst.Bytes())
			}
		}
	}
}

func TestTheEarlierOfTwoFailuresIsReported(t *testing.T) {
	data := testData(512 * kib)
	for _, n := range parallelisms {
		src := failingAfter(data, 400*kib, errors.New("later in the stream"))
		_, err := streamenc.Encrypt(&limitedWriter{limit: 100, err: errLocal}, src, mediaType, streamenc.WithParallelism(n))
		require.ErrorIs(t, err, errLocal)
	}
}

func TestWriterFailsAfterClose(t *testing.T) {
	var dst bytes.Buffer
	w, err := streamenc.NewWriter(&dst, mediaType)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, w.Close())
	require.Equal(t, 26, dst.Len())
	_, err = w.Write([]byte("x"))
	require.Error(t, err)
	_, err = w.ReadFrom(bytes.NewReader(nil))
	require.Error(t, err)
	require.Equal(t, 26, dst.Len())

	e, err := streamenc.NewEncryptor(mediaType)
	require.NoError(t, err)
	_, _, err = e.Finalize(nil)
	require.NoError(t, err)
	_, _, err = e.Finalize(nil)
	require.Error(t, err)
	require.Panics(t, func() { e.Update(nil, []byte("x")) })
}

type panicker struct{}

func (panicker) Read([]byte) (int, error)  { panic("reader") }
func (panicker) Write([]byte) (int, error) { panic("writer") }

// A panic of the caller's code reaches the caller's goroutine, and no helper remains (goleak).
func TestAPanicInReaderOrWriterReachesTheCaller(t *testing.T) {
	data := testData(mib)
	for _, n := range parallelisms {
		n := streamenc.WithParallelism(n)
		src := io.MultiReader(bytes.NewReader(data), panicker{})
		require.PanicsWithValue(t, "reader", func() { _, _ = streamenc.Encrypt(io.Discard, src, mediaType, n) })
		require.PanicsWithValue(t, "writer", func() { _, _ = streamenc.Encrypt(panicker{}, bytes.NewReader(data), mediaType, n) })

		w, err := streamenc.NewWriter(io.Discard, mediaType, n)
		require.NoError(t, err)
		require.Panics(t, func() { _, _ = w.ReadFrom(panicker{}) })
		require.Error(t, w.Close(), "the object is incomplete")
	}
	object, _ := encrypted(t, data)
	r, err := streamenc.NewReader(io.MultiReader(bytes.NewReader(object[:900*kib]), panicker{}), testKey, mediaType)
	require.NoError(t, err)
	require.Panics(t, func() { _, _ = io.Copy(io.Discard, r) })
	_, err = r.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, io.EOF)
}

func TestOnlyTheCallersGoroutineUsesReaderAndWriter(t *testing.T) {
	data := testData(2 * mib)
	here := goroutine()
	src := readerFunc(func(p []byte) (int, error) {
		require.Equal(t, here, goroutine())
		n := copy(p, data)
		data = data[n:]
		if n == 0 {
			return 0, io.EOF
		}
		return n, nil
	})
	dst := writerFunc(func(p []byte) (int, error) {
		require.Equal(t, here, goroutine())
		return len(p), nil
	})
	_, err := streamenc.Encrypt(dst, src, mediaType, streamenc.WithParallelism(4))
	require.NoError(t, err)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// goroutine returns the start of the stack's text: "goroutine 7 ".
func goroutine() string {
	buf := make([]byte, 32)
	name, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte("["))
	return string(name)
}

func TestConcurrentCallsAreIndependent(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			data := testData(300*kib + i)
			want, wantInfo := encrypted(t, data)
			object, info, err := streamenc.EncryptBytes(data, mediaType, withKey, streamenc.WithSidecar(true))
			if err != nil || !bytes.Equal(want, object) || !bytes.Equal(wantInfo.Sidecar, info.Sidecar) {
				t.Errorf("%d: differs (%v)", i, err)
			}
		})
	}
	all.Wait()
}

func TestSmallFilesNeedFewAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	data := testData(100 * kib)
	for _, n := range parallelisms {
		withN := streamenc.WithParallelism(n)
		allocs := testing.AllocsPerRun(100, func() {
			_, _, err := streamenc.EncryptBytes(data, mediaType, withN)
			require.NoError(t, err)
		})
		require.LessOrEqual(t, allocs, 1+12.0, "the result and 12 more, with parallelism %d", n)
	}
}

// allocated returns how many bytes work allocates in total, freed or not.
func allocated(work func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	size := int64(1 << 30)
	if raceDetector || testing.Short() {
		size = 24 * mib
	}
	source := func() io.Reader { return io.NewSectionReader(zeros{size}, 0, size) }

	require.LessOrEqual(t, allocated(func() {
		_, err := streamenc.Encrypt(io.Discard, source(), mediaType, streamenc.WithParallelism(1))
		require.NoError(t, err)
	}), int64(64*kib), "parallelism 1")

	require.LessOrEqual(t, allocated(func() {
		_, err := streamenc.Encrypt(io.Discard, source(), mediaType, streamenc.WithParallelism(4))
		require.NoError(t, err)
	}), int64(2*mib), "default")

	size /= 4                          // the same test, but faster
	const slack = 16 * kib             // keys, hash states and the test's own allocations
	checkpoints := size / mib * 16 * 5 // a growing slice also allocates its smaller predecessors
	var sealed *streamenc.Sealed
	require.LessOrEqual(t, allocated(func() {
		var err error
		sealed, err = streamenc.Seal(zeros{size}, size, mediaType, withKey)
		require.NoError(t, err)
	}), 2*mib+checkpoints, "sealing")

	require.LessOrEqual(t, allocated(func() {
		r, err := sealed.Open(0)
		require.NoError(t, err)
		n, err := io.CopyBuffer(onlyWriter{io.Discard}, onlyReader{r}, make([]byte, 4*kib))
		require.NoError(t, err)
		require.Equal(t, sealed.Size(), n)
		require.NoError(t, r.Close())
	}), int64(5*mib/4+slack), "second pass")

	require.LessOrEqual(t, allocated(func() {
		r, err := sealed.Open(0)
		require.NoError(t, err)
		defer r.Close()
		n, err := streamenc.Decrypt(io.Discard, r, testKey, mediaType)
		require.NoError(t, err)
		require.Equal(t, size, n)
	}), int64(2*mib+5*mib/4), "decrypting, and the second pass that it reads from")
}
