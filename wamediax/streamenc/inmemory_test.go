package streamenc_test

import (
	"bytes"
	"io"
	"os"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

func TestAnObjectInMemoryIsTheSameObject(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 16*kib - 1, 16 * kib, 100 * kib, 128 * kib, 128*kib + 1, 500*kib + 3, mib - 16, mib, mib + 5, 3 * mib} {
		data := testData(size)
		want, wantInfo := encrypted(t, data)
		for _, n := range parallelisms {
			sealed := seal(t, bytes.NewReader(data), size, streamenc.WithParallelism(n), streamenc.WithObjectInMemory(4*mib))
			require.Equal(t, wantInfo, sealed.Info())
			stored, err := sealed.MarshalBinary()
			require.NoError(t, err)
			plain, err := seal(t, bytes.NewReader(data), size, streamenc.WithParallelism(n)).MarshalBinary()
			require.NoError(t, err)
			equal(t, plain, stored)
			for _, offset := range []int64{0, 1, sealed.Size() / 2, sealed.Size() - 10, sealed.Size()} {
				equal(t, want[offset:], readSealed(t, sealed, offset))
			}
			sealed.Release()
			sealed.Release()
			equal(t, want[len(want)/2:], readSealed(t, sealed, sealed.Size()/2))
		}
	}
}

func TestAnObjectInMemoryIsEncryptedOnce(t *testing.T) {
	data := testData(200 * kib)
	want, _ := encrypted(t, data)
	var read int
	src := readerAtFunc(func(p []byte, off int64) (int, error) {
		n, err := bytes.NewReader(data).ReadAt(p, off)
		read += n
		return n, err
	})
	sealed := seal(t, src, len(data), streamenc.WithObjectInMemory(int64(len(want))))
	require.Equal(t, len(data), read)
	for range 3 {
		equal(t, want, readSealed(t, sealed, 0))
	}
	require.Equal(t, len(data), read)

	read = 0
	sealed = seal(t, src, len(data), streamenc.WithObjectInMemory(int64(len(want))-1))
	equal(t, want, readSealed(t, sealed, 0))
	require.Equal(t, 2*len(data), read, "an object above the limit was kept")
}

// An object in memory is what was sealed; after Release, the source must still be what was sealed.
func TestAChangedSourceOfAnObjectInMemory(t *testing.T) {
	data := testData(50 * kib)
	want, _ := encrypted(t, data)
	sealed := seal(t, bytes.NewReader(data), len(data), streamenc.WithObjectInMemory(mib))
	changed := bytes.Clone(data)
	changed[7] ^= 1
	sealed.Bind(bytes.NewReader(changed))
	equal(t, want, readSealed(t, sealed, 0))
	open, err := sealed.Open(0)
	require.NoError(t, err)
	sealed.Release()
	r, err := sealed.Open(0)
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.ErrorIs(t, err, streamenc.ErrSourceChanged)
	require.NoError(t, r.Close())
	got, err := io.ReadAll(open)
	require.NoError(t, err)
	equal(t, want, got)
	require.NoError(t, open.Close())

	for _, size := range []int64{101, 1 << 40, 1<<63 - 1} {
		_, err = streamenc.Seal(bytes.NewReader(data[:100]), size, mediaType, streamenc.WithObjectInMemory(1<<63-1))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

func TestReaderOfAnObjectInMemoryPassesIotest(t *testing.T) {
	data := testData(50 * kib)
	want, _ := encrypted(t, data)
	sealed := seal(t, bytes.NewReader(data), len(data), streamenc.WithObjectInMemory(mib))
	r, err := sealed.Open(77)
	require.NoError(t, err)
	require.NoError(t, iotest.TestReader(r, want[77:]))
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	_, err = r.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrClosed)
	for _, offset := range []int64{-1, sealed.Size() + 1} {
		_, err := sealed.Open(offset)
		require.Error(t, err)
	}
}

// The buffer of an object must not be reused while anybody reads it: readers continue after
// Release, and are closed during a Read, as net/http closes bodies.
func TestPooledBuffersNeverHaveTwoUsers(t *testing.T) {
	data := [][]byte{testData(60 * kib), testData(61 * kib), testData(62 * kib), testData(500 * kib)}
	var all sync.WaitGroup
	for i := range data {
		want, _ := encrypted(t, data[i])
		for _, opts := range [][]streamenc.Option{
			{streamenc.WithObjectInMemory(mib)},
			{streamenc.WithParallelism(1)},
			{streamenc.WithParallelism(2)},
		} {
			all.Go(func() {
				for round := range 50 {
					sealed := seal(t, bytes.NewReader(data[i]), len(data[i]), opts...)
					r, err := sealed.Open(0)
					if err != nil {
						t.Error(err)
						return
					}
					sealed.Release()
					closed := make(chan struct{})
					go func() {
						defer close(closed)
						if round%2 == 0 {
							_ = r.Close()
						}
					}()
					got, err := io.ReadAll(r)
					if !bytes.Equal(want[:len(got)], got) {
						t.Errorf("another object's bytes, with %v", err)
					}
					if round%2 == 1 && err != nil {
						t.Error(err)
					}
					<-closed
					_ = r.Close()
				}
			})
		}
	}
	all.Wait()
}

func TestSmallUploadNeedsLittleMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector empties pools")
	}
	data := testData(100 * kib)
	work := func() {
		sealed := seal(t, bytes.NewReader(data), len(data), streamenc.WithObjectInMemory(mib))
		r, err := sealed.Open(0)
		require.NoError(t, err)
		_, _ = io.Copy(onlyWriter{io.Discard}, onlyReader{r}) // copies through its own 32 KiB
		require.NoError(t, r.Close())
		sealed.Release()
	}
	work()
	const rounds = 20
	each := allocated(func() {
		for range rounds {
			work()
		}
	}) / rounds
	require.Less(t, each, int64(64*kib), "bytes per upload of 100 KiB")
}
