package streamenc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

func seal(t testing.TB, src io.ReaderAt, size int, opts ...streamenc.Option) *streamenc.Sealed {
	t.Helper()
	sealed, err := streamenc.Seal(src, int64(size), mediaType, append(opts, withKey, streamenc.WithSidecar(true))...)
	require.NoError(t, err)
	return sealed
}

func TestOpenReturnsTheObjectFromAnyOffset(t *testing.T) {
	sizes := []int{0, 1, 15, 16, 17, 64 * kib, mib - 17, mib - 16, mib - 1, mib, mib + 1, mib + 16, 2*mib - 16, 2 * mib, 2*mib + 5*64*kib + 3, 3*mib + 7}
	if raceDetector || testing.Short() {
		sizes = []int{0, 17, mib - 16, mib, mib + 5*64*kib + 3}
	}
	for _, size := range sizes {
		data := testData(size)
		want, wantInfo := encrypted(t, data)
		for _, n := range []int{1, 2} {
			sealed := seal(t, bytes.NewReader(data), size, streamenc.WithParallelism(n))
			require.Equal(t, wantInfo, sealed.Info())
			require.Equal(t, int64(len(want)), sealed.Size())

			var offsets []int
			for _, border := range []int{0, 16, 64 * kib, mib, mib + 4*64*kib, 2 * mib, 3 * mib, size, len(want) - 26, len(want) - 10, len(want)} {
				for _, off := range []int{-16, -1, 0, 1, 16} {
					if at := border + off; at >= 0 && at <= len(want) && !slices.Contains(offsets, at) {
						offsets = append(offsets, at)
					}
				}
			}
			for _, offset := range offsets {
				equal(t, want[offset:], readSealed(t, sealed, int64(offset)))
			}
		}
	}
}

func TestReaderOfASealedPassesIotest(t *testing.T) {
	data := testData(mib + 300*kib)
	want, _ := encrypted(t, data)
	for _, n := range []int{1, 2} {
		r, err := seal(t, bytes.NewReader(data), len(data), streamenc.WithParallelism(n)).Open(77)
		require.NoError(t, err)
		require.NoError(t, iotest.TestReader(r, want[77:]))
		require.NoError(t, r.Close())
	}
}

func TestOffsetsOutsideTheObjectAreErrors(t *testing.T) {
	sealed := seal(t, bytes.NewReader(nil), 0)
	for _, offset := range []int64{-1, 27, 1 << 60} {
		_, err := sealed.Open(offset)
		require.Error(t, err)
	}
	require.Empty(t, readSealed(t, sealed, 26))
}

func TestReadersOfOneSealedAreIndependent(t *testing.T) {
	data := testData(2*mib + 100)
	want, _ := encrypted(t, data)
	sealed := seal(t, bytes.NewReader(data), len(data))
	var all sync.WaitGroup
	for _, offset := range []int64{0, 1, mib, mib + 5, 2*mib + 100, sealed.Size()} {
		all.Go(func() {
			r, err := sealed.Open(offset)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(want[offset:], got) {
				t.Errorf("from %d on: differs (%v)", offset, err)
			}
		})
	}
	all.Wait()

	first, err := sealed.Open(0)
	require.NoError(t, err)
	_, err = first.Read(make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.NoError(t, first.Close())
	_, err = first.Read(make([]byte, 10))
	require.ErrorIs(t, err, os.ErrClosed)
	equal(t, want, readSealed(t, sealed, 0))
}

func TestInfoIsTheCallersCopy(t *testing.T) {
	data := testData(100)
	want, _ := encrypted(t, data)
	sealed := seal(t, bytes.NewReader(data), 100)
	info := sealed.Info()
	for _, field := range [][]byte{info.MediaKey, info.FileSHA256, info.FileEncSHA256, info.Sidecar} {
		clear(field)
	}
	require.Equal(t, testKey, sealed.Info().MediaKey)
	equal(t, want, readSealed(t, sealed, 0))
}

// Data before the changed MiB is returned; nothing of that MiB is.
func TestChangedSourceIsDetectedBeforeAnyWrongByteIsReturned(t *testing.T) {
	const size = 3*mib + 100
	data := testData(size)
	want, _ := encrypted(t, data)
	for _, n := range []int{1, 2} {
		if raceDetector && n == 1 {
			continue // no goroutine: nothing to detect
		}
		sealed := seal(t, bytes.NewReader(data), size, streamenc.WithParallelism(n))
		for _, at := range []int{0, 15, 16, 64 * kib, mib - 16, mib - 1, mib, mib + 1, 2*mib - 1, 2 * mib, 3*mib - 17, 3*mib - 1, 3 * mib, 3*mib + 95, size - 1} {
			changed := bytes.Clone(data)
			changed[at] ^= 1
			sealed.Bind(bytes.NewReader(changed))
			for _, offset := range []int{0, mib - 1, mib, at, at + 1, 3 * mib, size} {
				r, err := sealed.Open(int64(offset))
				require.NoError(t, err)
				got, err := io.ReadAll(r)
				require.NoError(t, r.Close())
				bad := at / mib * mib
				if offset >= bad+mib { // starts after the change, with the sealed block before it
					require.NoError(t, err)
					equal(t, want[offset:], got)
					continue
				}
				require.ErrorIs(t, err, streamenc.ErrSourceChanged)
				equal(t, want[min(offset, bad):bad], append(bytes.Clone(want[min(offset, bad):min(offset, bad)]), got...))
			}
		}
	}
}

func TestShorterSourceIsDetected(t *testing.T) {
	const size = mib + 100
	data := testData(size)
	want, _ := encrypted(t, data)
	sealed := seal(t, bytes.NewReader(data), size)
	for _, rest := range []int{0, 1, mib - 1, mib, size - 1} {
		sealed.Bind(bytes.NewReader(data[:rest]))
		r, err := sealed.Open(0)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.ErrorIs(t, err, streamenc.ErrSourceChanged)
		require.NoError(t, r.Close())
		equal(t, want[:rest/mib*mib], got)
	}
	sealed.Bind(bytes.NewReader(append(bytes.Clone(data), "appended since"...)))
	equal(t, want, readSealed(t, sealed, 0))
}

func TestSealingLessThanSizeIsAnError(t *testing.T) {
	for _, have := range []int{0, 99, 64 * kib} {
		_, err := streamenc.Seal(bytes.NewReader(testData(have)), int64(have)+1, mediaType)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	_, err := streamenc.Seal(bytes.NewReader(nil), 1<<60, mediaType)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "memory is not allocated for an unconfirmed size")
	_, err = streamenc.Seal(bytes.NewReader(nil), -1, mediaType)
	require.Error(t, err)
	sealed := seal(t, bytes.NewReader(testData(200)), 100)
	require.Equal(t, int64(100), sealed.Info().FileLength, "more than size was read")
}

// cancellable fails as soon as its context ends: the way to cancel calls without a context.
type cancellable struct {
	ctx    context.Context
	src    io.ReaderAt
	after  int64 // bytes read before cancel is called
	cancel context.CancelFunc
}

func (c *cancellable) ReadAt(p []byte, off int64) (int, error) {
	if off >= c.after {
		c.cancel()
	}
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.src.ReadAt(p, off)
}

func TestSealingAndReadingEndWhenTheSourceFails(t *testing.T) {
	for _, n := range parallelisms {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := streamenc.Seal(&cancellable{ctx, zeros{8 * mib}, mib, cancel}, 8*mib, mediaType, streamenc.WithParallelism(n))
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, streamenc.ErrSourceChanged)

		sealed, err := streamenc.Seal(zeros{8 * mib}, 8*mib, mediaType, streamenc.WithParallelism(n))
		require.NoError(t, err)
		ctx, cancel = context.WithCancel(t.Context())
		sealed.Bind(&cancellable{ctx, zeros{8 * mib}, 3*mib + 7, cancel})
		r, err := sealed.Open(0)
		require.NoError(t, err)
		got, err := io.Copy(io.Discard, r)
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, streamenc.ErrSourceChanged)
		require.Equal(t, int64(3*mib), got)
		require.NoError(t, r.Close())
	}
}

// Close must end a waiting Read, and must not return before the source is no longer in use.
func TestCloseEndsAReadThatWaits(t *testing.T) {
	sealed := seal(t, zeros{2 * mib}, 2*mib, streamenc.WithParallelism(2))
	entered, leave := make(chan struct{}), make(chan struct{})
	sealed.Bind(readerAtFunc(func(p []byte, off int64) (int, error) {
		if off == 64*kib {
			close(entered)
			<-leave
		}
		return zeros{2 * mib}.ReadAt(p, off)
	}))
	r, err := sealed.Open(0)
	require.NoError(t, err)
	read := make(chan error)
	go func() {
		_, err := r.Read(make([]byte, 1))
		read <- err
	}()
	<-entered
	closed := make(chan error)
	go func() { closed <- r.Close() }()
	require.ErrorIs(t, <-read, os.ErrClosed)
	close(leave)
	require.NoError(t, <-closed)
}

type readerAtFunc func(p []byte, off int64) (int, error)

func (f readerAtFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

func TestSealedCanBeStored(t *testing.T) {
	for _, size := range []int{0, 5, mib - 16, mib, 2*mib + 3} {
		data := testData(size)
		want, _ := encrypted(t, data)
		sealed := seal(t, bytes.NewReader(data), size)
		stored, err := sealed.MarshalBinary()
		require.NoError(t, err)
		require.LessOrEqual(t, len(stored), 220+(size/mib+1)*176)

		var restored streamenc.Sealed
		require.NoError(t, restored.UnmarshalBinary(stored))
		require.Equal(t, sealed.Info(), restored.Info())
		require.Equal(t, sealed.Size(), restored.Size())
		_, err = restored.Open(0)
		require.ErrorContains(t, err, "Bind")
		restored.Bind(bytes.NewReader(data))
		for _, offset := range []int64{0, 1, sealed.Size() / 2, sealed.Size()} {
			equal(t, want[offset:], readSealed(t, &restored, offset))
		}
		again, err := restored.MarshalBinary()
		require.NoError(t, err)
		equal(t, stored, again)
	}
	var empty streamenc.Sealed
	_, err := empty.MarshalBinary()
	require.Error(t, err)
}

func TestDamagedStoredSealedIsAnErrorAndChangesNothing(t *testing.T) {
	data := testData(mib + 1)
	sealed := seal(t, bytes.NewReader(data), len(data))
	stored, err := sealed.MarshalBinary()
	require.NoError(t, err)
	var restored streamenc.Sealed
	require.NoError(t, restored.UnmarshalBinary(stored))
	for at := range stored {
		damaged := bytes.Clone(stored)
		damaged[at] ^= 1
		require.Error(t, restored.UnmarshalBinary(damaged), "byte %d", at)
		require.Error(t, restored.UnmarshalBinary(stored[:at]))
	}
	require.Error(t, restored.UnmarshalBinary(append(stored, 0)))
	require.Equal(t, sealed.Info(), restored.Info())
}

// A source of another length than the encoded size must be an error, even if the checksum is right.
func TestHostileSizesInAStoredSealedAreErrors(t *testing.T) {
	sealed := seal(t, bytes.NewReader(testData(10)), 10)
	stored, err := sealed.MarshalBinary()
	require.NoError(t, err)
	sizeAt := 5 + 2 + len(mediaType) + 3*32
	for _, size := range []uint64{1 << 20, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		var restored streamenc.Sealed
		require.Error(t, restored.UnmarshalBinary(resum(stored, func(form []byte) {
			for i := range 8 {
				form[sizeAt+i] = byte(size >> (56 - 8*i))
			}
		})), fmt.Sprint(size))
	}
}

var errNotSeekable = errors.New("cannot read here")

func TestSealReturnsTheSourcesError(t *testing.T) {
	_, err := streamenc.Seal(readerAtFunc(func([]byte, int64) (int, error) { return 0, errNotSeekable }), 5, mediaType)
	require.ErrorIs(t, err, errNotSeekable)
}
