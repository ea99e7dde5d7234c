package resume_test

import (
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// panicking is a body with a method that panics.
type panicking struct {
	memory
	inOpen, inRead, inClose bool
}

func (p panicking) Open(int64) (io.ReadCloser, error) {
	if p.inOpen {
		panic("boom")
	}
	return p, nil
}

func (p panicking) Read(b []byte) (int, error) {
	if p.inRead {
		panic("boom")
	}
	return copy(b, p.memory), nil
}

func (p panicking) Close() error {
	if p.inClose {
		panic("boom")
	}
	return nil
}

// net/http calls callbacks and bodies from its goroutines, but their panics must not end the
// process.
func TestCallerCanRecoverPanics(t *testing.T) {
	data := content(3 * mebi)
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for name, run := range map[string]func(*resume.Uploader){
			"of an upload's progress": func(u *resume.Uploader) {
				_, _ = u.Upload(t.Context(), objectOf(data), func(sent, _ int64) {
					if sent > 0 {
						panic("boom")
					}
				})
			},
			"of a live upload's progress": func(u *resume.Uploader) {
				_ = u.Live(resume.LiveObject{Path: "/mms/audio", Progress: func(int64) { panic("boom") }}).Send(t.Context(), data)
			},
			"of a body's Open":  func(u *resume.Uploader) { uploadBody(t, u, panicking{memory: data, inOpen: true}) },
			"of a body's Read":  func(u *resume.Uploader) { uploadBody(t, u, panicking{memory: data, inRead: true}) },
			"of a body's Close": func(u *resume.Uploader) { uploadBody(t, u, panicking{memory: data, inClose: true}) },
		} {
			t.Run(name+", "+proto, func(t *testing.T) {
				s := newService(t)
				u := s.uploader(resume.WithHTTPClient(speaking(s, proto)))
				require.PanicsWithValue(t, "boom", func() { run(u) })
			})
		}
	}
}

func uploadBody(t *testing.T, u *resume.Uploader, body resume.Body) {
	obj := objectOf(nil)
	obj.Body = body
	_, _ = u.Upload(t.Context(), obj, func(int64, int64) {})
}

// greedy is a body whose Read returns more than requested.
type greedy struct{ memory }

func (g greedy) Open(int64) (io.ReadCloser, error) { return io.NopCloser(g), nil }
func (g greedy) Read(p []byte) (int, error)        { return len(p) + 1, nil }

func TestReadThatReturnsMoreThanRequestedIsAnError(t *testing.T) {
	s := newService(t)
	obj := objectOf(content(1000))
	obj.Body = greedy{content(1000)}
	_, err := s.uploader().Upload(t.Context(), obj, nil)
	require.ErrorIs(t, err, resume.ErrSource)
	require.ErrorContains(t, err, "body's Read returned")
}

func TestProgressIsReportedOnTheCallersGoroutine(t *testing.T) {
	s := newService(t)
	caller := goroutine()
	calls := 0
	_, err := s.uploader().Upload(t.Context(), objectOf(content(3*mebi)), func(int64, int64) {
		calls++
		require.Equal(t, caller, goroutine())
	})
	require.NoError(t, err)
	require.Greater(t, calls, 1)
}

// goroutine returns an identifier of the calling goroutine.
func goroutine() string {
	buf := make([]byte, 64)
	buf = buf[:runtime.Stack(buf, false)]
	for i, b := range buf {
		if b == '[' {
			return string(buf[:i])
		}
	}
	return string(buf)
}
