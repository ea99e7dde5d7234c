package streamenc_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// panicsOnce is a source and a destination that panics only in call number at.
type panicsOnce struct {
	data  []byte
	at    int
	calls int
}

func (p *panicsOnce) call() {
	if p.calls++; p.calls == p.at {
		panic("out of the caller's code")
	}
}

func (p *panicsOnce) Write(b []byte) (int, error) {
	p.call()
	return len(b), nil
}

func (p *panicsOnce) Read(b []byte) (int, error) {
	p.call()
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.data)
	p.data = p.data[n:]
	return n, nil
}

func (p *panicsOnce) ReadAt(b []byte, off int64) (int, error) {
	p.call()
	return bytes.NewReader(p.data).ReadAt(b, off)
}

// panics checks that work panics with the value of panicsOnce.
func panics(t *testing.T, work func()) {
	t.Helper()
	require.PanicsWithValue(t, "out of the caller's code", work)
}

func TestAWriterRemembersThatItsDestinationPanicked(t *testing.T) {
	for name, row := range map[string]struct {
		at   int // the call of the destination that panics
		work func(w *streamenc.Writer)
	}{
		"in Write":    {at: 1, work: func(w *streamenc.Writer) { _, _ = w.Write(testData(kib)) }},
		"later":       {at: 2, work: func(w *streamenc.Writer) { _, _ = w.Write(testData(kib)); _, _ = w.Write(testData(kib)) }},
		"in ReadFrom": {at: 1, work: func(w *streamenc.Writer) { _, _ = w.ReadFrom(bytes.NewReader(testData(kib))) }},
		"in Close":    {at: 1, work: func(w *streamenc.Writer) { _ = w.Close() }},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := streamenc.NewWriter(&panicsOnce{at: row.at}, mediaType)
			require.NoError(t, err)
			panics(t, func() { row.work(w) })
			require.Error(t, w.Close(), "bytes are missing")
			require.Error(t, w.Close())
			_, err = w.Write([]byte("more"))
			require.Error(t, err)
			_, err = w.ReadFrom(bytes.NewReader(nil))
			require.Error(t, err)
			require.Empty(t, w.Info())
		})
	}
}

// A panic of the source reaches the call that needed it, in the caller's goroutine. Afterwards the
// value can be closed and returns errors.
func TestTheSourcesPanicCanBeRecoveredFrom(t *testing.T) {
	data := testData(3 * mib)
	object, info := encrypted(t, data)
	for _, n := range parallelisms {
		for _, at := range []int{1, 2, 20} {
			sealed := seal(t, bytes.NewReader(data), len(data), streamenc.WithParallelism(n))
			sealed.Bind(&panicsOnce{data: data, at: at})
			r, err := sealed.Open(0)
			require.NoError(t, err)
			panics(t, func() { _, _ = io.Copy(io.Discard, onlyReader{r}) })
			_, err = r.Read(make([]byte, 1))
			require.ErrorContains(t, err, "panicked")
			require.NoError(t, r.Close())

			panics(t, func() {
				_, _ = streamenc.Seal(&panicsOnce{data: data, at: at}, int64(len(data)), mediaType, streamenc.WithParallelism(n))
			})
			panics(t, func() {
				_, _ = streamenc.Encrypt(io.Discard, &panicsOnce{data: data, at: 1}, mediaType, streamenc.WithParallelism(n))
			})
		}
	}
	panics(t, func() { _, _ = streamenc.Decrypt(io.Discard, &panicsOnce{data: object, at: 1}, testKey, mediaType) })
	panics(t, func() { _, _ = streamenc.Decrypt(&panicsOnce{at: 2}, bytes.NewReader(object), testKey, mediaType) })

	r, err := streamenc.NewReader(&panicsOnce{data: object, at: 1}, testKey, mediaType)
	require.NoError(t, err)
	panics(t, func() { _, _ = r.Read(make([]byte, 1)) })
	_, err = r.Read(make([]byte, 1))
	require.ErrorContains(t, err, "panicked")

	at, err := streamenc.NewReaderAt(&panicsOnce{data: object, at: 2}, int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(info.Sidecar))
	require.NoError(t, err)
	panics(t, func() { _, _ = at.ReadAt(make([]byte, 1), 0) })
	p := make([]byte, len(data))
	_, err = at.ReadAt(p, 0)
	require.NoError(t, err, "the next read works")
	equal(t, data, p)
}

// Nobody reads after the panic: Close must be enough.
func TestReaderCanBeClosedAfterAPanicOfItsSource(t *testing.T) {
	data := testData(3 * mib)
	sealed := seal(t, bytes.NewReader(data), len(data), streamenc.WithParallelism(2))
	panicking := make(chan struct{})
	sealed.Bind(readerAtFunc(func(p []byte, off int64) (int, error) {
		if off == mib+64*kib { // ahead of the reader
			close(panicking)
			panic("out of the caller's code")
		}
		return bytes.NewReader(data).ReadAt(p, off)
	}))
	r, err := sealed.Open(0)
	require.NoError(t, err)
	_, err = io.ReadFull(r, make([]byte, 500*kib))
	require.NoError(t, err)
	<-panicking
	require.NoError(t, r.Close())
}

// count is a reader and a writer that returns an invalid count.
type count int

func (c count) n(p []byte) int {
	if c < 0 {
		return int(c)
	}
	return len(p) + int(c)
}

func (c count) Read(p []byte) (int, error)            { return c.n(p), nil }
func (c count) ReadAt(p []byte, _ int64) (int, error) { return c.n(p), nil }
func (c count) Write(p []byte) (int, error)           { return c.n(p), nil }
func (c count) WriteAt(p []byte, _ int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return c.n(p), nil
}

func TestInvalidCountIsAnError(t *testing.T) {
	data := testData(100 * kib)
	object, _ := encrypted(t, data)
	for _, n := range []count{-1, 1, 1 << 20} {
		for name, work := range map[string]func() error{
			"Encrypt, from": func() error { _, err := streamenc.Encrypt(io.Discard, n, mediaType); return err },
			"Encrypt, into": func() error { _, err := streamenc.Encrypt(n, bytes.NewReader(data), mediaType); return err },
			"Seal":          func() error { _, err := streamenc.Seal(n, 1000, mediaType); return err },
			"Seal, in memory": func() error {
				_, err := streamenc.Seal(n, 1000, mediaType, streamenc.WithObjectInMemory(mib))
				return err
			},
			"Sealed": func() error {
				sealed := seal(t, bytes.NewReader(data), len(data))
				sealed.Bind(n)
				r, err := sealed.Open(0)
				require.NoError(t, err)
				defer r.Close()
				_, err = io.Copy(io.Discard, r)
				require.NotErrorIs(t, err, streamenc.ErrSourceChanged)
				return err
			},
			"Decrypt, from": func() error { _, err := streamenc.Decrypt(io.Discard, n, testKey, mediaType); return err },
			"Decrypt, into": func() error { _, err := streamenc.Decrypt(n, bytes.NewReader(object), testKey, mediaType); return err },
			"Reader": func() error {
				r, err := streamenc.NewReader(n, testKey, mediaType)
				require.NoError(t, err)
				_, err = r.Read(make([]byte, 10))
				return err
			},
			"ReaderAt": func() error { _, err := streamenc.NewReaderAt(n, int64(len(object)), testKey, mediaType); return err },
		} {
			require.ErrorContains(t, work(), "invalid count", "%s, %d", name, n)
		}
	}
}

func TestANilSourceOrDestinationIsAnError(t *testing.T) {
	for name, err := range map[string]error{
		"Encrypt, from": second(streamenc.Encrypt(io.Discard, nil, mediaType)),
		"Encrypt, into": second(streamenc.Encrypt(nil, bytes.NewReader(nil), mediaType)),
		"NewWriter":     second(streamenc.NewWriter(nil, mediaType)),
		"Seal":          second(streamenc.Seal(nil, 5, mediaType)),
		"Decrypt, from": second(streamenc.Decrypt(io.Discard, nil, testKey, mediaType)),
		"Decrypt, into": second(streamenc.Decrypt(nil, bytes.NewReader(nil), testKey, mediaType)),
		"NewReader":     second(streamenc.NewReader(nil, testKey, mediaType)),
		"NewReaderAt":   second(streamenc.NewReaderAt(nil, 100, testKey, mediaType)),
	} {
		require.ErrorContains(t, err, "is nil", name)
	}
	_, _, err := streamenc.EncryptBytes(nil, mediaType, nil)
	require.NoError(t, err, "a nil option changes nothing")
}

func second[T any](_ T, err error) error { return err }

// A source that abandons a read, as many do when their context ends, leaves it running, so that it
// writes to its buffer much later. That buffer must not be reused.
func TestBufferOfAnAbandonedReadIsNotReused(t *testing.T) {
	object, _ := encrypted(t, testData(kib))
	var held []byte
	keep := func(p []byte) (int, error) {
		held = p
		return 0, errors.New("gave up")
	}
	spoiled := func() {
		for i := range held {
			held[i] = 0xee
		}
	}
	for name, fail := range map[string]func() error{
		"Encrypt": func() error { return second(streamenc.Encrypt(io.Discard, readerFunc(keep), mediaType)) },
		"Decrypt": func() error { return second(streamenc.Decrypt(io.Discard, readerFunc(keep), testKey, mediaType)) },
		"Sealed": func() error {
			sealed := seal(t, bytes.NewReader(testData(60*kib)), 60*kib)
			sealed.Bind(readerAtFunc(func(p []byte, _ int64) (int, error) { return keep(p) }))
			r, err := sealed.Open(0)
			require.NoError(t, err)
			defer r.Close()
			return second(io.Copy(io.Discard, r))
		},
	} {
		require.ErrorContains(t, fail(), "gave up", name)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					src := readerFunc(func(p []byte) (int, error) {
						if len(p) > 0 && len(held) > 0 && &p[:1][0] == &held[:1][0] {
							t.Errorf("%s: the buffer is in use again", name)
						}
						return 0, io.EOF
					})
					_, _ = streamenc.Encrypt(io.Discard, src, mediaType)
					_, _ = streamenc.Decrypt(io.Discard, io.MultiReader(bytes.NewReader(object), src), testKey, mediaType)
				}
			})
		}
		all.Wait()
		spoiled()
	}
}
