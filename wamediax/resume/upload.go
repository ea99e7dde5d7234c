package resume

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// upload is one call of [Uploader.Upload]. Its attempts start with a probe if that may save bytes.
type upload struct {
	sender
	obj   Object
	size  int64
	reach int64 // the highest offset that may have reached a host
	// a failed attempt may have left bytes on a host, so later attempts start with a probe
	mayHold   bool
	piece     int64 // the most bytes per request; 0: no limit
	confirmed int64 // the highest offset up to which a host has taken pieces
	resumed   bool
	probed    map[string]*probed // by host
}

// probed is the result of the probes of one host.
type probed struct {
	held   int64 // the highest offset reported
	failed bool  // the last probe failed
}

func newUpload(u *Uploader, obj Object, progress func(sent, total int64)) *upload {
	up := &upload{obj: obj, size: obj.Body.Size(), probed: make(map[string]*probed)}
	if obj.Probe || obj.MayExist {
		up.reach = up.size
	}
	if up.size > u.pieceSize {
		up.piece = u.pieceSize
	}
	var report func(int64)
	if progress != nil {
		report = func(sent int64) { progress(sent, up.size) }
	}
	up.sender = u.newSender(obj.Path, obj.Token, report)
	up.thumb = obj.Thumbnail
	return up
}

func (up *upload) run(ctx context.Context) (Response, error) {
	ans, err := up.deliver(ctx, up.attempt)
	if err != nil {
		if ctx.Err() == nil && up.hashRejected() {
			if changed := up.changed(ctx); changed != nil {
				err = changed
			}
		}
		return Response{}, fmt.Errorf("failed to upload: %w", err)
	}
	up.report(up.size)
	resp := ans.response(up.obj.Naming)
	resp.Path, resp.Host, resp.Attempts = up.path, up.hosts.Host(), up.hosts.Attempts()
	resp.Sent, resp.Resumed = up.sent, up.resumed
	return resp, nil
}

// attempt probes if that may save bytes, then sends what the host in use does not have.
func (up *upload) attempt(ctx context.Context, restart bool) (*answer, *failover.Result) {
	var offset int64
	if !restart && up.obj.Naming != ByFBID && (up.mayHold || up.obj.Probe || up.size >= up.u.threshold) {
		ans, held, failure := up.probe(ctx)
		switch {
		case failure != nil:
			return nil, failure
		case ans != nil:
			up.resumed = true
			return ans, nil
		}
		offset = held
	}
	up.resumed = up.resumed || offset > 0
	if up.obj.OnAttempt != nil {
		up.obj.OnAttempt(up.next(offset))
	}
	ans, failure := up.send(ctx, offset)
	if failure != nil && up.simplify(failure) {
		return up.attempt(ctx, restart)
	}
	return ans, failure
}

// simplify permanently changes how the object is sent, if the host in use refused its first byte
// and may accept a simpler form. It reports whether there is one.
func (up *upload) simplify(failure *failover.Result) bool {
	switch {
	case failure.Outcome != failover.Refused || failure.Resumed:
		return false
	case up.toCoarsePath(up.obj.CoarsePath, failure.Err):
		clear(up.probed)
		if up.mayHold = false; !up.obj.Probe && !up.obj.MayExist {
			up.reach = 0 // nothing was sent to that path yet
		}
		return true
	case up.piece > 0 && up.confirmed == 0:
		up.piece = 0
		return true
	default:
		return false
	}
}

// probe asks the host in use how much of the object it has. It returns the host's response if the
// object is complete, otherwise an offset. If the probe fails, it returns a failure if a retry is
// cheaper than sending the bytes again, otherwise offset 0.
func (up *upload) probe(ctx context.Context) (*answer, int64, *failover.Result) {
	host := up.probed[up.hosts.Host()]
	if host == nil {
		host = new(probed)
		up.probed[up.hosts.Host()] = host
	}
	ans, err := up.ask(ctx)
	if err == nil {
		offset, complete := ans.held(up.obj.Naming)
		if offset == up.size && up.piece == 0 {
			offset = 0 // a complete object is reported as "complete"
		}
		switch {
		case complete && up.reach == up.size:
			host.failed = false
			return ans, 0, nil
		case complete:
			err = fmt.Errorf("%w: it reported a complete object after %d of %d bytes", errImplausible, up.reach, up.size)
		case offset > up.reach:
			err = fmt.Errorf("%w: it reported %d bytes after %d of %d", errImplausible, offset, up.reach, up.size)
		default:
			host.failed = false
			if offset > host.held {
				host.held = offset
				up.hosts.Progressed()
			}
			return nil, offset, nil
		}
	}
	if ctx.Err() != nil {
		return nil, 0, &failover.Result{Err: err}
	}
	res := exchange.Classify(err, false)
	first := !host.failed
	host.failed = res.Outcome != failover.Refused
	atStake := up.mayHold || up.obj.Probe
	switch {
	case res.Outcome == failover.Denied && (first || atStake),
		res.Outcome == failover.Busy && first,
		res.Outcome == failover.Broken && first && atStake:
		return nil, 0, &res
	default:
		return nil, 0, nil
	}
}

// ask sends the probe.
func (up *upload) ask(ctx context.Context) (*answer, error) {
	timeout := min(up.u.stallTimeout, up.u.answerTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%w: no response to a probe within %v", cdn.ErrStalled, timeout))
	defer cancel()
	req, err := up.request(ctx, url.Values{"resume": {"1"}})
	if err != nil {
		return nil, err
	}
	return up.do(req, func(int) {}, readAnswer)
}

// send sends the object from offset on.
func (up *upload) send(ctx context.Context, offset int64) (*answer, *failover.Result) {
	if up.piece > 0 {
		return up.sendInPieces(ctx, offset)
	}
	query := url.Values{}
	if offset > 0 {
		// The first is in the specification, the others are what WhatsApp Web sends. Hosts use the
		// ones they know.
		query.Set("file_offset", strconv.FormatInt(offset, 10))
		query.Set("bytestart", strconv.FormatInt(offset, 10))
		query.Set("byteend", strconv.FormatInt(up.size, 10))
	}
	return up.sendPart(ctx, query, offset, up.size, located(up.obj.Naming))
}

// sendPart sends bytes [start, end) of the object in one request.
func (up *upload) sendPart(ctx context.Context, query url.Values, start, end int64, read func(io.Reader) (*answer, error)) (
	*answer, *failover.Result,
) {
	body, err := up.obj.Body.Open(start)
	if err != nil {
		return nil, unreadable(err, start, up.size)
	}
	ans, handed, failure := up.post(ctx, query, objectPart{body, start, end}, read)
	up.reach = max(up.reach, start+handed)
	if failure != nil {
		up.mayHold = up.mayHold || handed > 0 || errors.Is(failure.Err, errEarly)
	}
	return ans, failure
}

// hashRejected reports whether a host's last error was that the object does not match its token's
// hash.
func (up *upload) hashRejected() bool {
	return slices.ContainsFunc(up.hosts.HostErrors(), func(host failover.HostError) bool { return hashRefused(host.Err) })
}

func hashRefused(err error) bool {
	var status *cdn.StatusError
	return errors.As(err, &status) && status.StatusCode == http.StatusUnsupportedMediaType
}

// changed reads the body again after a host reported a wrong hash. It returns nil if the hash is
// right. It stops when ctx ends.
func (up *upload) changed(ctx context.Context) error {
	body, err := up.obj.Body.Open(0)
	if err == nil {
		defer body.Close()
		hash := sha256.New()
		_, err = io.Copy(hash, ctxerr.Reader(ctx, body))
		if err == nil && up.obj.Token != Token(hash.Sum(nil)) {
			err = ErrChanged
		}
	}
	switch {
	case ctx.Err() != nil:
		return up.hosts.Ended(ctx, nil)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrSource, err)
	default:
		return nil
	}
}
