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

// header has the headers of WhatsApp Web's uploads.
var header = http.Header{
	"Content-Type": {"application/octet-stream"},
	"Origin":       {"https://web.whatsapp.com"},
	"Referer":      {"https://web.whatsapp.com/"},
}

// sender sends the requests of one object to the hosts that its transfer chooses.
type sender struct {
	u        *Uploader
	hosts    *transfer.Transfer
	path     string           // of the object
	thumb    bool             // ask for a small picture, too
	token    string           // of the object
	progress func(sent int64) // nil: do not report
	reported int64            // value last passed to progress; -1: none
	sent     int64            // bytes sent to the network, over all attempts
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

// attempt sends one request, or a probe and a request, to the host in use. If restart is set, it
// sends no probe and starts at byte 0. It returns the host's response or the failure.
type attempt func(ctx context.Context, restart bool) (*answer, *failover.Result)

// deliver makes attempts until one succeeds or the policy ends them. It may be called again for the
// next part of an object.
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

// next describes the attempt that is about to start at offset.
func (s *sender) next(offset int64) Attempt {
	return Attempt{Number: s.hosts.Attempts(), Host: s.hosts.Host(), Offset: offset, After: s.hosts.Last()}
}

// toCoarsePath switches to path if refusal is a 404 for the current one.
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

// objectPart is a part of an object, sent in one request.
type objectPart struct {
	body       io.ReadCloser // content of the part; closed by post
	start, end int64         // offsets in the object
}

// post sends a part of the object to the host in use, and parses the body of a success with read. A
// success counts only if the whole part was handed to the transport, because a host that answers
// earlier cannot have it. handed is the number of bytes given to the transport, sent or not.
func (s *sender) post(ctx context.Context, query url.Values, part objectPart, read func(io.Reader) (*answer, error)) (
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
		err = fmt.Errorf("%w, after %d of %d bytes", errEarly, handed, size)
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
	// a host that answered early is worth a probe
	res.Moved = handed > 0 || errors.Is(err, errEarly)
	return nil, handed, &res
}

// reporting runs do, and meanwhile reports the bytes that meter counts, for a request that starts
// at offset start. It reports on its caller's goroutine. If a report panics, it cuts do short and
// waits for it. A panic of do is raised again in the caller.
func (s *sender) reporting(meter *meter, start int64, cut context.CancelCauseFunc, do func() error) error {
	if s.progress == nil {
		return do()
	}
	meter.moved = make(chan struct{}, 1)
	var panicked any
	err := errAttemptOver // also the result if do ends its goroutine
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

// request returns a POST to the host in use, with the parameters common to all uploads and the
// given ones.
func (s *sender) request(ctx context.Context, query url.Values) (*http.Request, error) {
	query.Set("auth", s.hosts.Conn().Auth)
	query.Set("token", s.token)
	if s.thumb {
		query.Set("server_thumb_gen", "1")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+s.hosts.Host(), nil)
	if err != nil {
		return nil, fmt.Errorf("failed to prepare request: %w", exchange.Failure(ctx, err, s.hosts.Conn().Auth, s.token))
	}
	req.URL.Path, req.URL.RawQuery = s.path+"/"+s.token, query.Encode()
	req.Header = header.Clone()
	return req, nil
}

// do sends a request and parses the body of a success with read. It calls answered with the status
// once that is known. Its errors are those of package exchange.
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

// unreadable is the result of an attempt whose body failed at byte at of size.
func unreadable(err error, at, size int64) *failover.Result {
	return &failover.Result{Outcome: failover.Fatal, Err: fmt.Errorf("%w at byte %d of %d: %w", ErrSource, at, size, err)}
}
