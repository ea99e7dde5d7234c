package resume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/transfer"
)

// origin is what WhatsApp Web's own requests carry.
const origin = "https://web.whatsapp.com"

// sender makes the requests of one object, to the hosts that its transfer chooses.
type sender struct {
	u        *Uploader
	hosts    *transfer.Transfer
	path     string           // of the object
	thumb    bool             // a small picture is wanted too
	token    string           // of the object
	progress func(sent int64) // nil: nobody wants to know
	reported int64            // what progress was told last; -1: nothing yet
	sent     int64            // bytes that left, over all attempts
}

func (u *Uploader) newSender(path, token string, progress func(sent int64)) sender {
	policy := failover.Policy{
		MaxElapsed: u.maxElapsed, MaxAttempts: u.maxAttempts,
		FirstPause: u.backoffFirst, MaxPause: u.backoffMax,
	}
	return sender{
		u: u, hosts: transfer.New(u.conns, policy, nil), path: path, token: token, progress: progress, reported: -1,
	}
}

// attempt is one request, or a probe and a request, to the host in use. restart: without a probe, from byte 0. It returns
// an answer, or how it failed.
type attempt func(ctx context.Context, restart bool) (*answer, *failover.Result)

// deliver makes attempts until one succeeds or the policy ends them. It may be called again for the object's next part.
func (s *sender) deliver(ctx context.Context, try attempt) (*answer, error) {
	restart := false
	for {
		if err := s.hosts.Begin(ctx); err != nil {
			return nil, err
		}
		ans, failure := try(ctx, restart)
		if failure == nil {
			s.hosts.Delivered()
			return ans, nil
		}
		step, err := s.hosts.Failed(ctx, *failure)
		if err != nil {
			return nil, err
		}
		restart = step.Restart
	}
}

// next describes the attempt that is about to send from offset on.
func (s *sender) next(offset int64) Attempt {
	return Attempt{Number: s.hosts.Attempts(), Host: s.hosts.Host(), Offset: offset, After: s.hosts.Last()}
}

// toCoarsePath goes over to another path if a host has just said that there is none like the one in use.
func (s *sender) toCoarsePath(path string, refusal error) bool {
	var status *cdn.StatusError
	if path == "" || path == s.path || !errors.As(refusal, &status) || status.StatusCode != http.StatusNotFound {
		return false
	}
	s.path = path
	return true
}

func (s *sender) report(sent int64) {
	if s.progress != nil && sent != s.reported {
		s.reported = sent
		s.progress(sent)
	}
}

// stretch is the part of an object that one request carries.
type stretch struct {
	body       io.ReadCloser // gives it; closed by post
	start, end int64         // offsets in the object
}

// post sends a stretch of the object to the host in use, and has read parse the answer of a success. It is one only if all
// of the stretch was handed to the transport: a host that answers before cannot have it. handed is how many bytes were,
// whether or not they left.
func (s *sender) post(ctx context.Context, query url.Values, part stretch, read func(io.Reader) (*answer, error)) (
	ans *answer, handed int64, failure *failover.Result,
) {
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	size := part.end - part.start
	meter := newMeter(part.body, size, s.u.stallTimeout, s.u.answerTimeout, cut)
	defer meter.finish() // also if progress panics
	req, err := s.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				meter.wrote()
			}
		},
	}), query)
	if err == nil {
		if req.ContentLength = size; size > 0 {
			req.Body = meter
		}
		err = s.reporting(meter, part.start, cut, func() (err error) {
			ans, err = s.do(req, meter.answered, read)
			return err
		})
	}
	handed, sent, sourceErr := meter.finish()
	meter.repanic()
	if err == nil && handed < size {
		err = fmt.Errorf("%w: it came after %d of %d bytes", errEarly, handed, size)
	}
	switch {
	case err == nil:
		s.sent += handed
		return ans, handed, nil
	case sourceErr != nil:
		return nil, handed, unreadable(sourceErr, part.start+handed, part.end)
	}
	s.sent += sent
	res := exchange.Classify(err, part.start > 0)
	res.Moved = handed > 0 || errors.Is(err, errEarly) // a host that answered early is worth a probe
	return nil, handed, &res
}

// reporting runs do while it reports, on its caller's goroutine, what meter counts of a request that begins at start. Where
// the report panics, do is cut short and waited for; a panic of do becomes the caller's.
func (s *sender) reporting(meter *meter, start int64, cut context.CancelCauseFunc, do func() error) error {
	if s.progress == nil {
		return do()
	}
	var panicked any
	err := errAttemptOver // also where do ends its goroutine
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		err = do()
	}()
	defer func() {
		cut(errAttemptOver)
		<-done
	}()
	for {
		select {
		case <-meter.moved:
			s.report(start + meter.left())
		case <-done:
			if panicked != nil {
				panic(panicked)
			}
			return err
		}
	}
}

// request is a POST to the host in use, with the parameters that every upload has and the given ones.
func (s *sender) request(ctx context.Context, query url.Values) (*http.Request, error) {
	query.Set("auth", s.hosts.Conn().Auth)
	query.Set("token", s.token)
	if s.thumb {
		query.Set("server_thumb_gen", "1")
	}
	target := url.URL{Scheme: "https", Host: s.hosts.Host(), Path: s.path + "/" + s.token, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("failed to prepare the request: %w", exchange.Failure(ctx, err, s.hosts.Conn().Auth, s.token))
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Origin", origin)
	req.Header.Set("Referer", origin+"/")
	return req, nil
}

// do sends a request and has read parse the answer of a success. answered is called with the status, once it is known. The errors
// are those of package exchange.
func (s *sender) do(req *http.Request, answered func(status int), read func(io.Reader) (*answer, error)) (*answer, error) {
	secrets := []string{s.hosts.Conn().Auth, s.token}
	resp, err := exchange.Start(s.u.http, req, secrets...)
	if err != nil {
		return nil, err
	}
	answered(resp.StatusCode)
	if resp, err = exchange.Check(req, resp, secrets...); err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	s.hosts.Accepted()
	ans, err := read(resp.Body)
	if err != nil {
		return nil, exchange.Failure(req.Context(), err, secrets...)
	}
	return ans, nil
}

// unreadable is the end of an attempt whose body failed at a byte of the object's size bytes.
func unreadable(err error, at, size int64) *failover.Result {
	return &failover.Result{Outcome: failover.Fatal, Err: fmt.Errorf("%w at byte %d of %d: %w", ErrSource, at, size, err)}
}
