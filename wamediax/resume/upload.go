package resume

import (
	"cmp"
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
)

// upload is one call of [Uploader.Upload]: attempts that begin with a probe where that may save bytes.
type upload struct {
	course
	obj     Object
	size    int64
	moved   bool // some attempt handed out bytes: every later one begins with a probe
	resumed bool
}

func newUpload(u *Uploader, obj Object, progress func(sent, total int64)) *upload {
	up := &upload{obj: obj, size: obj.Body.Size()}
	var report func(int64)
	if progress != nil {
		report = func(sent int64) { progress(sent, up.size) }
	}
	up.course = newCourse(u, obj.Path, obj.Token, report)
	return up
}

func (up *upload) run(ctx context.Context) (Response, error) {
	ans, err := up.course.run(ctx, up.attempt)
	if err != nil {
		if up.conn != nil && up.willing() == 0 {
			err = cmp.Or(up.changed(ctx), err)
		}
		return Response{}, err
	}
	up.report(up.size)
	resp := ans.response(up.obj.Naming)
	resp.Host, resp.Attempts, resp.Sent, resp.Resumed = up.host(), up.failed+1, up.sent, up.resumed
	return resp, nil
}

// attempt probes where that may save bytes, then sends what the host in use does not hold.
func (up *upload) attempt(ctx context.Context) result {
	host := up.state(up.host())
	var offset int64
	if up.moved || up.obj.Probe || up.size >= up.u.threshold {
		ans, err := up.ask(ctx)
		if err != nil && ctx.Err() == nil {
			res := classify(err)
			// A probe that fails costs nothing where nothing is at stake; where bytes may lie on the host, it is worth
			// a second one. After that, the whole object it is.
			atStake := (up.moved || up.obj.Probe) && !host.probeFailed && (res.ending == brokeOff || res.ending == busy)
			host.probeFailed = host.probeFailed || atStake
			if res.ending == denied && !up.fresh || atStake {
				return res
			}
		}
		if ans != nil {
			host.probeFailed = false
			var complete bool
			if offset, complete = ans.held(up.size, up.obj.Naming); complete {
				up.resumed = true
				return result{ending: delivered, answer: ans}
			}
		}
	}
	up.resumed = up.resumed || offset > 0
	if up.obj.OnAttempt != nil {
		up.obj.OnAttempt(up.course.attempt(offset))
	}
	res := up.send(ctx, offset)
	if offset > host.held {
		host.held, res.taken = offset, true
	}
	return res
}

// ask is the probe: how much of the object does the host in use hold?
func (up *upload) ask(ctx context.Context) (*answer, error) {
	timeout := min(up.u.stallTimeout, up.u.answerTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%w: no answer to a probe for %v", cdn.ErrStalled, timeout))
	defer cancel()
	req, err := up.request(ctx, url.Values{"resume": {"1"}})
	if err != nil {
		return nil, err
	}
	return up.do(req, readAnswer)
}

// send sends the object from offset on.
func (up *upload) send(ctx context.Context, offset int64) result {
	query := url.Values{}
	if offset > 0 {
		// The first is what the specification says, the others are what WhatsApp Web sends. A host takes what it knows.
		query.Set("file_offset", strconv.FormatInt(offset, 10))
		query.Set("bytestart", strconv.FormatInt(offset, 10))
		query.Set("byteend", strconv.FormatInt(up.size, 10))
	}
	body, err := up.obj.Body.Open(offset)
	if err != nil {
		return unreadable(err, offset, up.size)
	}
	res, handed := up.post(ctx, query, stretch{body, offset, up.size}, located(up.obj.Naming))
	up.moved = up.moved || handed > 0 && res.ending != delivered
	return res
}

// changed reads the body once more where a host has said that it is not what its token says (415): a source that changed
// is told apart from a host that is wrong, which is no error here.
func (up *upload) changed(ctx context.Context) error {
	doubted := slices.ContainsFunc(up.names, func(name string) bool {
		var status *cdn.StatusError
		return errors.As(up.state(name).said, &status) && status.StatusCode == http.StatusUnsupportedMediaType
	})
	if !doubted {
		return nil
	}
	body, err := up.obj.Body.Open(0)
	if err == nil {
		defer body.Close()
		hash := sha256.New()
		_, err = io.Copy(hash, body)
		if err == nil && up.obj.Token != Token(hash.Sum(nil)) {
			err = ErrChanged
		}
	}
	switch {
	case ctx.Err() != nil:
		return ended(ctx)
	case err != nil:
		return fmt.Errorf("failed to upload: %w: %w", ErrSource, err)
	default:
		return nil
	}
}
