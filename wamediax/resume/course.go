package resume

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

// maxRetryAfter bounds the pause that a host may ask for.
const maxRetryAfter = time.Minute

// course is the way of one object through attempts and hosts: where the next attempt goes, when, and under which auth
// token. What an attempt sends is not its business.
type course struct {
	u        *Uploader
	path     string // of the object
	token    string // of the object
	progress func(sent int64)

	conn  *cdn.Conn
	fresh bool     // conn was fetched after a refusal, and no byte was taken since: the next refusal is final
	names []string // of conn's hosts, in the order in which they are tried
	at    int      // the one in use

	failed   int   // attempts so far that came to nothing
	sent     int64 // bytes that left, over all attempts
	reported int64 // what progress was told last; -1: nothing yet

	hosts   map[string]*hostState
	last    error     // how the last failed attempt ended
	idle    int       // attempts without progress in a row
	round   int       // of those, how many since the last pause
	moving  time.Time // when there was progress last
	backoff *backoff.ExponentialBackOff
}

// hostState is what a course knows of one host.
type hostState struct {
	reached     int64 // the highest offset up to which bytes may have left for it
	held        int64 // the highest offset that a probe of it gave
	probeFailed bool  // the last probe of it came to nothing
	stalls      int   // how many of the last attempts there stalled, in a row
	refused     bool  // it does not want the object, whatever we do
	said        error // how the last failed attempt ended there
}

// newCourse begins one. progress may be nil.
func newCourse(u *Uploader, path, token string, progress func(sent int64)) course {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval, pause.Multiplier = u.backoffFirst, u.backoffMax, 2
	pause.Reset()
	return course{
		u: u, path: path, token: token, progress: progress,
		reported: -1, hosts: make(map[string]*hostState), backoff: pause,
	}
}

// run makes attempts until one delivers. It may be called again for what comes next: time in between is nobody's fault.
func (c *course) run(ctx context.Context, attempt func(context.Context) result) (*answer, error) {
	c.moving = time.Now()
	if c.conn == nil {
		if err := c.connect(ctx, nil); err != nil {
			return nil, err
		}
	}
	for {
		c.renew(ctx)
		res := attempt(ctx)
		if res.ending == delivered {
			c.progressed()
			c.state(c.host()).stalls = 0
			return res.answer, nil
		}
		c.failed++
		if ctx.Err() != nil {
			return nil, ended(ctx)
		}
		if err := c.next(ctx, res); err != nil {
			return nil, err
		}
	}
}

func (c *course) report(sent int64) {
	if c.progress != nil && sent != c.reported {
		c.reported = sent
		c.progress(sent)
	}
}

func (c *course) host() string { return c.names[c.at] }

func (c *course) state(name string) *hostState {
	if c.hosts[name] == nil {
		c.hosts[name] = new(hostState)
	}
	return c.hosts[name]
}

// attempt says that one is about to send from offset on.
func (c *course) attempt(offset int64) Attempt {
	return Attempt{Number: c.failed + 1, Host: c.host(), Offset: offset, After: c.last}
}

// connect gets a connection, newer than stale if that is not nil, and goes on with the host in use if it still lists it.
func (c *course) connect(ctx context.Context, stale *cdn.Conn) error {
	conn, err := c.u.conns.Conn(ctx, stale)
	if err != nil {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		return fmt.Errorf("failed to get a media connection: %w", err)
	}
	names := cdn.InOrder(conn.Hosts)
	if len(names) == 0 {
		return cdn.ErrNoHosts
	}
	at := 0
	if c.conn != nil {
		at = max(0, slices.Index(names, c.host()))
	}
	c.conn, c.names, c.at = conn, names, at
	return nil
}

// renew takes a new connection in place of one that has run out. Where none is to be had the old one has to do: its hosts
// say whether they still take it.
func (c *course) renew(ctx context.Context) {
	if !c.conn.Expires.IsZero() && time.Now().After(c.conn.Expires) {
		_ = c.connect(ctx, nil)
	}
}

// progressed notes that a host holds more than before.
func (c *course) progressed() {
	c.fresh, c.idle, c.round, c.moving = false, 0, 0, time.Now()
	c.backoff.Reset()
}

// next decides what follows an attempt that did not deliver: it waits where that helps and picks the host. An error ends
// the upload.
func (c *course) next(ctx context.Context, res result) error {
	host := c.state(c.host())
	host.said = fmt.Errorf("%s: %w", c.host(), res.err)
	c.last = host.said
	if res.ending == hopeless {
		return fmt.Errorf("failed to upload: %w", res.err)
	}
	if res.taken || res.moved {
		c.progressed()
	} else {
		c.idle++
		c.round++
	}
	if res.ending == denied {
		return c.refresh(ctx)
	}
	host.stalls++
	if !errors.Is(res.err, cdn.ErrStalled) {
		host.stalls = 0
	}
	switch {
	case res.ending == refused:
		host.refused = true
	case res.ending == brokeOff && (res.taken || res.moved || res.again) && host.stalls < 2:
		return nil // the same host, from what it holds
	}
	willing := c.willing()
	switch {
	case willing == 0:
		return c.failure()
	case c.u.maxAttempts > 0 && c.idle >= max(c.u.maxAttempts, len(c.names)):
		return c.failure()
	case res.ending == busy, res.ending == brokeOff && c.round >= willing:
		if err := c.wait(ctx, res.retryAfter); err != nil {
			return err
		}
	}
	for {
		c.at = (c.at + 1) % len(c.names)
		if !c.state(c.host()).refused {
			return nil
		}
	}
}

// willing counts the hosts that have not refused the object.
func (c *course) willing() int {
	n := 0
	for _, name := range c.names {
		if !c.state(name).refused {
			n++
		}
	}
	return n
}

// refresh replaces an auth token that a host did not take. The same host follows.
func (c *course) refresh(ctx context.Context) error {
	if c.fresh {
		return c.failure()
	}
	refusedAt, refused := time.Now(), c.conn.Auth
	if err := c.connect(ctx, c.conn); err != nil {
		return errors.Join(err, c.failure())
	}
	c.fresh = c.conn.Auth == refused || c.conn.Fetched.IsZero() || c.conn.Fetched.After(refusedAt)
	return nil
}

// wait pauses before the next attempt, for as long as the host asked or the growing pause says.
func (c *course) wait(ctx context.Context, retryAfter time.Duration) error {
	c.round = 0
	pause := c.backoff.NextBackOff()
	if retryAfter > 0 {
		pause = min(retryAfter, maxRetryAfter)
	}
	if time.Since(c.moving)+pause > c.u.maxElapsed {
		return c.failure()
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

// failure joins what each host said last.
func (c *course) failure() error {
	var said []error
	for _, name := range c.names {
		if err := c.state(name).said; err != nil {
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
