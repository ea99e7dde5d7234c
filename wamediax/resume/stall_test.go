package resume_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestUploadContinuesAfterAStall(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			s := newService(t)
			s.inject("one.cdn.test", uploads, -1, wamediaxtest.StopReading(1000))
			data := content(16 * mebi) // more than the buffers on the way can hold
			resp, err := s.uploader(resume.WithHTTPClient(speaking(s, proto)), resume.WithStallTimeout(200*time.Millisecond)).Upload(t.Context(), objectOf(data), nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.Equal(t, "two.cdn.test", resp.Host)
		})
	}
}

func TestTimeoutsOfZeroAreTheDefaults(t *testing.T) {
	s := newService(t)
	data := content(5 * mebi) // with a probe
	resp, err := s.uploader(resume.WithStallTimeout(0), resume.WithAnswerTimeout(0), resume.WithMaxElapsed(0)).Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	require.Equal(t, 1, resp.Attempts)
	s.requireHolds(t, resp, data)
}

func TestBackoffOfZeroDoesNotFloodTheHosts(t *testing.T) {
	s := newService(t, cdn.Host{Name: "one.cdn.test"})
	s.inject("", uploads, -1, wamediaxtest.Status(503))
	_, err := s.uploader(resume.WithBackoff(0, 0), resume.WithMaxAttempts(0), resume.WithMaxElapsed(300*time.Millisecond)).Upload(t.Context(), objectOf(content(1000)), nil)
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	require.Len(t, s.requests(uploads), 1, "the default pause is longer than the limit")
}

func TestHostThatNeverAnswersIsAStall(t *testing.T) {
	s := newService(t)
	never := make(chan struct{})
	s.inject("", uploads, -1, wamediaxtest.AnswerAfter(never))
	s.inject("", probes, -1, wamediaxtest.Status(404))
	obj := objectOf(content(1000))
	_, err := s.uploader(resume.WithAnswerTimeout(50*time.Millisecond), resume.WithMaxAttempts(1)).Upload(t.Context(), obj, nil)
	s.requireNoSecrets(t, err, obj)
	require.ErrorIs(t, err, cdn.ErrStalled)
	require.ErrorContains(t, err, "no response")
}

func TestUnansweredProbeTimesOut(t *testing.T) {
	s := newService(t)
	s.inject("", probes, 1, wamediaxtest.AnswerAfter(make(chan struct{})))
	data := content(5 * mebi)
	resp, err := s.uploader(resume.WithAnswerTimeout(300*time.Millisecond)).Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
}

// slow is a body whose reads take time.
type slow struct {
	memory
	takes time.Duration
}

func (b slow) Open(offset int64) (io.ReadCloser, error) {
	body, err := b.memory.Open(offset)
	return io.NopCloser(readerFunc(func(p []byte) (int, error) {
		time.Sleep(b.takes)
		return body.Read(p[:min(len(p), 5000)])
	})), err
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestSlowBodyIsNotAStall(t *testing.T) {
	s := newService(t)
	s.bubble(t, func(t *testing.T, direct resume.Option) {
		const patience = 30 * time.Second
		data := content(20_000)
		obj := objectOf(data)
		obj.Body = slow{data, 2 * patience}
		resp, err := s.uploader(direct, resume.WithStallTimeout(patience)).Upload(t.Context(), obj, nil)
		require.NoError(t, err)
		s.requireHolds(t, resp, data)
		require.Equal(t, 1, resp.Attempts)
	})
}

// onceStuck calls do in another goroutine as soon as the last request is held, or was refused with
// 503 so that the upload pauses. The channel is closed after that.
func (s *service) onceStuck(t *testing.T, do func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool {
			last := len(requests) - 1
			return last >= 0 && (requests[last].Held || requests[last].Status == 503 && requests[last].Done)
		})
		do()
	}()
	return done
}

func TestCancelledUploadReturnsAtOnce(t *testing.T) {
	cause := errors.New("the bot is told to stop")
	situations := map[string]func(*service){
		"while the host accepts no bytes": func(s *service) { s.inject("", uploads, -1, wamediaxtest.StopReading(1000)) },
		"while the host does not answer":  func(s *service) { s.inject("", uploads, -1, wamediaxtest.AnswerAfter(make(chan struct{}))) },
		"while a probe is not answered":   func(s *service) { s.inject("", probes, -1, wamediaxtest.AnswerAfter(make(chan struct{}))) },
		"in a pause":                      func(s *service) { s.inject("", uploads, -1, wamediaxtest.Status(503)) },
	}
	for name, arrange := range situations {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			arrange(s)
			ctx, cancel := context.WithCancelCause(t.Context())
			var cancelled time.Time
			watching := s.onceStuck(t, func() {
				cancelled = time.Now()
				cancel(cause)
			})
			_, err := s.uploader(resume.WithBackoff(time.Minute, time.Minute)).Upload(ctx, objectOf(content(16*mebi)), nil)
			returned := time.Now()
			<-watching
			require.ErrorIs(t, err, cause)
			require.ErrorIs(t, err, context.Canceled)
			require.Less(t, returned.Sub(cancelled), prompt)
		})
	}
}
