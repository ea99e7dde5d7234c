package resume_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// endless are responses that start but never end. For a refusal only the status matters.
var endless = map[string]struct {
	answer  wamediaxtest.Effect
	refuses bool
}{
	"101 with another protocol": {wamediaxtest.SwitchProtocols("x"), false},
	"101 without one":           {wamediaxtest.SwitchProtocols(""), false},
	"half a success":            {wamediaxtest.HalfAnswer(wamediaxtest.Effect{}), false},
	"half a refusal":            {wamediaxtest.HalfAnswer(wamediaxtest.Status(413)), true},
	"half an error":             {wamediaxtest.HalfAnswer(wamediaxtest.Status(500)), false},
	"a success that trickles":   {wamediaxtest.Trickle(200), false},
	"an error that trickles":    {wamediaxtest.Trickle(500), false},
	"103 forever":               {wamediaxtest.Trickle(103), false},
}

// speaks has the four kinds of requests: of an upload, a probe, a chunk and the end.
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

func TestEndlessResponsesEndWithTheirTimeout(t *testing.T) {
	for request, speak := range speaks {
		for name, endless := range endless {
			for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
				t.Run(fmt.Sprintf("%s to %s, %s", name, request, proto), func(t *testing.T) {
					t.Parallel()
					s := newService(t)
					s.inject("", speak.on, 1, endless.answer)
					data := content(chunkSize)
					timeout := 300 * time.Millisecond
					if endless.refuses {
						timeout = 30 * time.Second // package exchange stops reading a refusal earlier
					}
					// On a busy machine attempts to good hosts time out as well, so their number
					// has no limit.
					uploader := s.uploader(resume.WithHTTPClient(speaking(s, proto)), resume.WithMaxAttempts(0),
						resume.WithAnswerTimeout(timeout), resume.WithStallTimeout(timeout))
					resp, err := speak.run(t.Context(), uploader, data)
					if endless.refuses && speak.on == liveChunks {
						require.ErrorIs(t, err, resume.ErrLiveUnsupported)
						return
					}
					require.NoError(t, err)
					s.requireHolds(t, resp, data)
				})
			}
		}
	}
}

func TestEndlessResponsesEndWithTheContext(t *testing.T) {
	cause := errors.New("the bot is told to stop")
	for request, speak := range speaks {
		for name, endless := range endless {
			if endless.refuses {
				continue
			}
			for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
				t.Run(fmt.Sprintf("%s to %s, %s", name, request, proto), func(t *testing.T) {
					t.Parallel()
					s := newService(t)
					s.inject("", speak.on, -1, endless.answer)
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
					require.Less(t, returned.Sub(cancelled), prompt)
				})
			}
		}
	}
}

// A host that refuses an object needs no more of it.
func TestNothingIsSentAfterAnEarlyRefusal(t *testing.T) {
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
				require.Less(t, time.Since(start), prompt)
				require.NoError(t, s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool { return requests[len(requests)-1].Done }))
				require.Less(t, s.Received(), int64(size/2), "more than the buffers on the way can hold")
			})
		}
	}
}

// The transport may notice that it has sent everything when the host has answered already. The time
// to answer is over then: only the status counts, and it is a refusal.
func TestRefusalThatArrivesBeforeTheRequestIsReportedSentIsNoStall(t *testing.T) {
	for name, finish := range map[string]func(*http.Request){
		"the end of the body is read": func(req *http.Request) { _, _ = req.Body.Read(make([]byte, 1)) },
		"the request is reported written": func(req *http.Request) {
			httptrace.ContextClientTrace(req.Context()).WroteRequest(httptrace.WroteRequestInfo{})
		},
	} {
		t.Run(name+" afterwards", func(t *testing.T) {
			s := newService(t, cdn.Host{Name: "one.cdn.test"})
			s.bubble(t, func(t *testing.T, _ resume.Option) {
				uploader := s.uploader(resume.WithHTTPClient(&http.Client{Transport: earlyRefusal(finish)}),
					resume.WithAnswerTimeout(300*time.Millisecond), resume.WithMaxAttempts(1))
				_, err := uploader.Upload(t.Context(), objectOf(content(1000)), nil)
				require.ErrorIs(t, err, cdn.ErrTooLarge)
				require.NotErrorIs(t, err, cdn.ErrStalled)
			})
		})
	}
}

// earlyRefusal is an http.RoundTripper that reads all bytes of a request's body, refuses it with a
// text that never ends, and is called once more with the request when that text is being read.
type earlyRefusal func(*http.Request)

func (finish earlyRefusal) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil { // a probe, which only a failure causes
		return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody, Request: req}, nil
	}
	if _, err := io.CopyN(io.Discard, req.Body, req.ContentLength); err != nil {
		return nil, err
	}
	text, end := io.Pipe()
	go func() {
		_, _ = end.Write([]byte("too la")) // returns when it is being read
		finish(req)
	}()
	return &http.Response{StatusCode: http.StatusRequestEntityTooLarge, Body: text, Request: req}, nil
}

func TestErrorOfAnEndedContextHasTheHostsErrors(t *testing.T) {
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
			s.bubble(t, func(t *testing.T, direct resume.Option) {
				ctx, cancel := context.WithCancelCause(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- run(ctx, s.uploader(direct, resume.WithBackoff(time.Minute, time.Minute))) }()
				synctest.Wait() // it has tried all hosts and is in the pause after them
				require.Len(t, s.Requests(), 3)
				cancel(errStop)
				err := <-ended
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
		})
	}
}
