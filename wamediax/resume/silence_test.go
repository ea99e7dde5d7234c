package resume_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// endless are answers that begin and do not end.
func endless() map[string]wamediaxtest.Effect {
	return map[string]wamediaxtest.Effect{
		"101 with another protocol": wamediaxtest.SwitchProtocols("x"),
		"101 without one":           wamediaxtest.SwitchProtocols(""),
		"half a success":            wamediaxtest.HalfAnswer(wamediaxtest.Effect{}),
		"half a refusal":            wamediaxtest.HalfAnswer(wamediaxtest.Status(413)),
		"half an error":             wamediaxtest.HalfAnswer(wamediaxtest.Status(500)),
		"a success that trickles":   wamediaxtest.Trickle(200),
		"an error that trickles":    wamediaxtest.Trickle(500),
		"103 for ever":              wamediaxtest.Trickle(103),
	}
}

// speaks is what the requests of a test are: an upload's, a probe's, a chunk's or an end's.
var speaks = map[string]struct {
	on  wamediaxtest.Kind
	run func(context.Context, *resume.Uploader, []byte) (resume.Response, error)
}{
	"an upload": {uploads, func(ctx context.Context, u *resume.Uploader, data []byte) (resume.Response, error) {
		return u.Upload(ctx, objectOf(data), nil)
	}},
	"a probe": {probes, func(ctx context.Context, u *resume.Uploader, data []byte) (resume.Response, error) {
		obj := objectOf(data)
		obj.Probe = true
		return u.Upload(ctx, obj, nil)
	}},
	"a chunk": {liveChunks, func(ctx context.Context, u *resume.Uploader, data []byte) (resume.Response, error) {
		return sendLive(ctx, u.Live(audio), data)
	}},
	"the end": {liveEnds, func(ctx context.Context, u *resume.Uploader, data []byte) (resume.Response, error) {
		return sendLive(ctx, u.Live(audio), data)
	}},
}

func TestAnswersThatNeverEndEndWithTheirTimeout(t *testing.T) {
	for request, speak := range speaks {
		for name, effect := range endless() {
			for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
				t.Run(fmt.Sprintf("%s to %s, %s", name, request, proto), func(t *testing.T) {
					t.Parallel()
					s := newService(t)
					s.inject("one.cdn.test", speak.on, 1, effect)
					data := content(chunkSize)
					uploader := s.uploader(resume.WithHTTPClient(speaking(s, proto)),
						resume.WithAnswerTimeout(300*time.Millisecond), resume.WithStallTimeout(300*time.Millisecond))
					resp, err := speak.run(t.Context(), uploader, data)
					if errors.Is(err, resume.ErrLiveUnsupported) {
						return // half a refusal is one
					}
					require.NoError(t, err)
					s.requireHolds(t, resp, data)
				})
			}
		}
	}
}

func TestAnswersThatNeverEndEndWithTheirContext(t *testing.T) {
	cause := errors.New("the bot is told to stop")
	for request, speak := range speaks {
		for name, effect := range endless() {
			if name == "half a refusal" {
				continue // counts without the end of its text
			}
			for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
				t.Run(fmt.Sprintf("%s to %s, %s", name, request, proto), func(t *testing.T) {
					t.Parallel()
					s := newService(t)
					s.inject("", speak.on, -1, effect)
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					var cancelled time.Time
					watching := make(chan struct{})
					go func() {
						defer close(watching)
						_ = s.WaitFor(ctx, func(requests []wamediaxtest.Request) bool {
							for _, r := range requests {
								if r.Kind == speak.on && (r.Held || r.Done) {
									return true
								}
							}
							return false
						})
						cancelled = time.Now()
						cancel(cause)
					}()
					uploader := s.uploader(resume.WithHTTPClient(speaking(s, proto)), resume.WithMaxAttempts(0), resume.WithBackoff(time.Minute, time.Minute))
					_, err := speak.run(ctx, uploader, content(chunkSize))
					returned := time.Now()
					<-watching
					require.ErrorIs(t, err, cause)
					require.ErrorIs(t, err, context.Canceled)
					require.Less(t, returned.Sub(cancelled), time.Second)
				})
			}
		}
	}
}

// A host that refuses an object needs none of it.
func TestNothingLeavesAfterAnEarlyRefusal(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for name, refusal := range map[string]wamediaxtest.Effect{
			"with all of its text":  wamediaxtest.Status(413),
			"with half of its text": wamediaxtest.HalfAnswer(wamediaxtest.Status(413)),
		} {
			t.Run(proto+" "+name, func(t *testing.T) {
				s := newService(t, cdn.Host{Name: "one.cdn.test"})
				s.inject("", uploads, -1, refusal)
				const size = 40 * mebi
				obj := objectOf(content(size))
				start := time.Now()
				_, err := s.uploader(resume.WithHTTPClient(speaking(s, proto))).Upload(t.Context(), obj, nil)
				require.ErrorIs(t, err, cdn.ErrTooLarge)
				require.Less(t, time.Since(start), 10*time.Second)
				require.NoError(t, s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool { return requests[len(requests)-1].Done }))
				require.Less(t, s.Received(), int64(size/2), "more than the buffers between us held")
			})
		}
	}
}

func TestErrorOfAnEndedContextSaysWhatHostsSaid(t *testing.T) {
	errStop := errors.New("the bot is told to stop")
	for request, run := range map[string]func(context.Context, *resume.Uploader) error{
		"an upload": func(ctx context.Context, u *resume.Uploader) error {
			_, err := u.Upload(ctx, objectOf(content(1000)), nil)
			return err
		},
		"a live upload": func(ctx context.Context, u *resume.Uploader) error {
			return u.Live(audio).Send(ctx, content(1000))
		},
	} {
		t.Run(request, func(t *testing.T) {
			s := newService(t)
			s.inject("", 0, -1, wamediaxtest.Status(500))
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				_ = s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool { return len(requests) == 3 && requests[2].Done })
				<-time.After(50 * time.Millisecond) // for the last answer to arrive
				cancel(errStop)
			}()
			err := run(ctx, s.uploader(resume.WithBackoff(time.Minute, time.Minute)))
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, errStop)
			var status *cdn.StatusError
			require.ErrorAs(t, err, &status)
			require.Equal(t, 500, status.StatusCode)
			for _, host := range twoHostsAndFallback {
				require.ErrorContains(t, err, host.Name+": status 500")
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
}
