package resume

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// maxRetryAfter bounds the pause that a host may ask for.
const maxRetryAfter = time.Minute

// upload is one call of [Uploader.Upload]: the loop over attempts, and what it has learned so far.
type upload struct {
	u        *Uploader
	obj      Object
	size     int64
	progress func(sent, total int64)

	conn  *Conn
	fresh bool     // conn was fetched after a refusal, and no byte was taken since: the next refusal is final
	names []string // of conn's hosts, in the order in which they are tried
	at    int      // the one in use

	attempts int
	sent     int64 // bytes that left, over all attempts
	moved    bool  // some attempt handed out bytes: every later one begins with a probe
	resumed  bool

	reported int64 // what progress was told last; -1: nothing yet

	hosts   map[string]*hostState
	last    error     // how the last attempt ended
	idle    int       // attempts without progress in a row
	round   int       // of those, how many since the last pause
	moving  time.Time // when there was progress last
	backoff *backoff.ExponentialBackOff
}

// hostState is what this upload knows of one host.
type hostState struct {
	reached     int64 // the highest offset up to which bytes may have left for it
	held        int64 // the highest offset that a probe of it gave
	probeFailed bool  // the last probe of it came to nothing
	stalls      int   // how many of the last attempts there stalled, in a row
	refused     bool  // it does not want the object, whatever we do
	said        error // how the last attempt ended there
}

func newUpload(u *Uploader, obj Object, progress func(sent, total int64)) *upload {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval, pause.Multiplier = u.backoffFirst, u.backoffMax, 2
	pause.Reset()
	return &upload{
		u: u, obj: obj, size: obj.Body.Size(), progress: progress,
		reported: -1, hosts: make(map[string]*hostState), moving: time.Now(), backoff: pause,
	}
}

func (up *upload) run(ctx context.Context) (Response, error) {
	if err := up.connect(ctx, nil); err != nil {
		return Response{}, err
	}
	for {
		up.renew(ctx)
		res := up.attempt(ctx)
		if res.ending == delivered {
			up.report(up.size)
			resp := res.answer.response(up.obj.Naming)
			resp.Host, resp.Attempts, resp.Sent, resp.Resumed = up.host(), up.attempts, up.sent, up.resumed
			return resp, nil
		}
		if ctx.Err() != nil {
			return Response{}, ended(ctx)
		}
		if err := up.next(ctx, res); err != nil {
			return Response{}, err
		}
	}
}

func (up *upload) report(sent int64) {
	if up.progress != nil && sent != up.reported {
		up.reported = sent
		up.progress(sent, up.size)
	}
}

func (up *upload) host() string { return up.names[up.at] }

func (up *upload) state(name string) *hostState {
	if up.hosts[name] == nil {
		up.hosts[name] = new(hostState)
	}
	return up.hosts[name]
}

// connect gets a connection, newer than stale if that is not nil, and goes on with the host in use if it still lists it.
func (up *upload) connect(ctx context.Context, stale *Conn) error {
	conn, err := up.u.conns.Conn(ctx, stale)
	if err != nil {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		return fmt.Errorf("failed to get a media connection: %w", err)
	}
	names := InOrder(conn.Hosts)
	if len(names) == 0 {
		return ErrNoHosts
	}
	at := 0
	if up.conn != nil {
		at = max(0, slices.Index(names, up.host()))
	}
	up.conn, up.names, up.at = conn, names, at
	return nil
}

// renew takes a new connection in place of one that has run out. Where none is to be had the old one has to do: its hosts
// say whether they still take it.
func (up *upload) renew(ctx context.Context) {
	if !up.conn.Expires.IsZero() && time.Now().After(up.conn.Expires) {
		_ = up.connect(ctx, nil)
	}
}

// next decides what follows an attempt that did not deliver: it waits where that helps and picks the host. An error ends
// the upload.
func (up *upload) next(ctx context.Context, res result) error {
	host := up.state(up.host())
	host.said = fmt.Errorf("%s: %w", up.host(), res.err)
	up.last = host.said
	if res.ending == sourceFailed {
		return fmt.Errorf("failed to upload: %w", res.err)
	}
	if res.taken || res.moved {
		up.fresh, up.idle, up.round, up.moving = false, 0, 0, time.Now()
		up.backoff.Reset()
	} else {
		up.idle++
		up.round++
	}
	if res.ending == denied {
		return up.refresh(ctx)
	}
	host.stalls++
	if !errors.Is(res.err, ErrStalled) {
		host.stalls = 0
	}
	switch {
	case res.ending == refused:
		host.refused = true
	case res.ending == brokeOff && (res.taken || res.moved) && host.stalls < 2:
		return nil // the same host, from what it holds
	}
	willing := up.willing()
	switch {
	case willing == 0:
		return cmp.Or(up.changed(ctx), up.failure())
	case up.u.maxAttempts > 0 && up.idle >= max(up.u.maxAttempts, len(up.names)):
		return up.failure()
	case res.ending == busy, res.ending == brokeOff && up.round >= willing:
		if err := up.wait(ctx, res.retryAfter); err != nil {
			return err
		}
	}
	for {
		up.at = (up.at + 1) % len(up.names)
		if !up.state(up.host()).refused {
			return nil
		}
	}
}

// willing counts the hosts that have not refused the object.
func (up *upload) willing() int {
	n := 0
	for _, name := range up.names {
		if !up.state(name).refused {
			n++
		}
	}
	return n
}

// refresh replaces an auth token that a host did not take. The same host follows.
func (up *upload) refresh(ctx context.Context) error {
	if up.fresh {
		return up.failure()
	}
	refusedAt := time.Now()
	if err := up.connect(ctx, up.conn); err != nil {
		return errors.Join(err, up.failure())
	}
	up.fresh = up.conn.Fetched.IsZero() || up.conn.Fetched.After(refusedAt)
	return nil
}

// wait pauses before the next attempt, for as long as the host asked or the growing pause says.
func (up *upload) wait(ctx context.Context, retryAfter time.Duration) error {
	up.round = 0
	pause := up.backoff.NextBackOff()
	if retryAfter > 0 {
		pause = min(retryAfter, maxRetryAfter)
	}
	if time.Since(up.moving)+pause > up.u.maxElapsed {
		return up.failure()
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// changed reads the body once more where a host has said that it is not what its token says (415): a source that changed
// is told apart from a host that is wrong, which is no error here.
func (up *upload) changed(ctx context.Context) error {
	doubted := slices.ContainsFunc(up.names, func(name string) bool {
		var status *StatusError
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

// failure joins what each host said last.
func (up *upload) failure() error {
	var said []error
	for _, name := range up.names {
		if err := up.state(name).said; err != nil {
			said = append(said, err)
		}
	}
	return fmt.Errorf("failed to upload: %w", errors.Join(said...))
}

// ended is ctx's error, and the cause given for it if that is another one.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("failed to upload: %w: %w", ctx.Err(), cause)
	}
	return fmt.Errorf("failed to upload: %w", context.Cause(ctx))
}
