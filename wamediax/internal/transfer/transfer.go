// Package transfer manages the attempts for one object: it gets connections,
// waits, refreshes tokens, and turns the failover machine's decisions into the
// next attempt or an error. The caller does the attempts.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// Transfer manages the attempts for one object. It is not safe for concurrent use.
type Transfer struct {
	*failover.Machine
	conns  cdn.ConnSource
	choose func([]cdn.Host) []cdn.Host // selects the hosts for this object
	conn   *cdn.Conn                   // nil before the first attempt
	renew  time.Time                   // do not try to replace an expired conn before
	failed int                         // attempts so far
	last   error                       // error of the last attempt
}

// New returns a Transfer with hosts from conns. choose selects the hosts for the object; nil
// selects all.
func New(conns cdn.ConnSource, policy failover.Policy, choose func([]cdn.Host) []cdn.Host) *Transfer {
	return &Transfer{Machine: failover.New(policy), conns: conns, choose: choose}
}

// Begin gets a connection for the next attempt if there is none, or if it has expired.
func (t *Transfer) Begin(ctx context.Context) error {
	if t.conn == nil {
		if err := t.connect(ctx, nil); err != nil {
			return err
		}
	}
	if now := time.Now(); !t.conn.Expires.IsZero() && now.After(t.conn.Expires) && !now.Before(t.renew) {
		// If there is no new connection, try the old one: its hosts may still accept the token, and
		// downloads need none.
		if err := t.connect(ctx, nil); err != nil {
			if ctx.Err() != nil {
				return err
			}
			t.renew = time.Now().Add(renewEvery)
		}
	}
	return nil
}

// renewEvery is the pause after a failure to replace an expired connection. While the socket is
// down, each try takes 30 s.
const renewEvery = time.Minute

var (
	errNoSource = errors.New("source of media connections is nil")
	errNoConn   = errors.New("source of media connections returned neither a connection nor an error")
)

// Conn returns the connection in use, or nil before Begin.
func (t *Transfer) Conn() *cdn.Conn { return t.conn }

// Attempts returns the number of the next attempt, 1 for the first.
func (t *Transfer) Attempts() int { return t.failed + 1 }

// Last returns the error of the last attempt with its host, or nil.
func (t *Transfer) Last() error { return t.last }

// Accepted records that the host in use accepted the token.
func (t *Transfer) Accepted() {
	if t.conn.Accepted != nil {
		t.conn.Accepted()
	}
}

func (t *Transfer) connect(ctx context.Context, stale *cdn.Conn) error {
	if t.conns == nil {
		return errNoSource
	}
	conn, err := t.conns.Conn(ctx, stale)
	if err != nil {
		if ctx.Err() != nil {
			return t.Ended(ctx, err)
		}
		return fmt.Errorf("failed to get a media connection: %w", err)
	}
	if conn == nil {
		return errNoConn
	}
	hosts := conn.Hosts
	if t.choose != nil {
		hosts = t.choose(hosts)
	}
	names := cdn.InOrder(hosts)
	if len(names) == 0 {
		return cdn.ErrNoHosts
	}
	t.conn = conn
	t.SetHosts(names)
	return nil
}

// Failed handles a failed attempt at Host, and waits if necessary. The returned step is either Try
// or Recover; everything else is an error.
func (t *Transfer) Failed(ctx context.Context, res failover.Result) (failover.Step, error) {
	if ctx.Err() != nil {
		return failover.Step{}, t.Ended(ctx, nil)
	}
	t.failed++
	t.last = failover.HostError{Host: t.Host(), Err: res.Err}
	now := time.Now()
	step := t.Machine.Failed(now, res)
	if step.Action == failover.Refresh {
		var err error
		if step, err = t.refresh(ctx, now); err != nil {
			return step, err
		}
	}
	return t.follow(ctx, step, res.Err)
}

// NotRecovered continues after a Recover step that failed.
func (t *Transfer) NotRecovered(ctx context.Context) (failover.Step, error) {
	return t.follow(ctx, t.Machine.NotRecovered(time.Now()), nil)
}

// follow waits as the step requires, and converts GiveUp to an error.
func (t *Transfer) follow(ctx context.Context, step failover.Step, fatal error) (failover.Step, error) {
	switch {
	case step.Action == failover.GiveUp:
		return step, t.failure(step.Reason, fatal)
	case step.Wait > 0:
		timer := time.NewTimer(step.Wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return step, t.Ended(ctx, nil)
		}
	}
	return step, nil
}

// refresh replaces a token that a host refused at refusedAt.
func (t *Transfer) refresh(ctx context.Context, refusedAt time.Time) (failover.Step, error) {
	old := t.conn
	if err := t.connect(ctx, old); err != nil {
		if ctx.Err() != nil {
			return failover.Step{}, err
		}
		return failover.Step{}, fmt.Errorf("%w; %w", t.HostErrors(), err)
	}
	if t.conn.Auth == old.Auth && t.conn.Fetched.Equal(old.Fetched) {
		return t.NotRefreshed(time.Now()), nil
	}
	t.Refreshed(t.conn.Fetched.IsZero() || !t.conn.Fetched.Before(refusedAt))
	return failover.Step{Action: failover.Try}, nil
}

func (t *Transfer) failure(reason failover.Reason, fatal error) error {
	switch reason {
	case failover.SourceFailed:
		return fatal
	case failover.Exhausted:
		return fmt.Errorf("%w: %w", cdn.ErrUnreachable, t.HostErrors())
	default:
		return t.HostErrors()
	}
}

// Ended returns the error of a transfer whose context has ended: the context's error, with each
// host's last error. If no host has failed, it adds waiting, the error of the connection source, if
// not nil.
func (t *Transfer) Ended(ctx context.Context, waiting error) error {
	err := ctxerr.Of(ctx)
	hostErrs := t.HostErrors()
	switch {
	case len(hostErrs) > 0:
		return fmt.Errorf("%w (%w)", err, hostErrs)
	case waiting != nil && errors.Is(waiting, ctx.Err()) && errors.Is(waiting, context.Cause(ctx)): // it has the context's error already
		return fmt.Errorf("no media host was contacted: %w", waiting)
	case waiting != nil:
		return fmt.Errorf("%w before any media host was contacted: %w", err, waiting)
	case t.conn != nil:
		return fmt.Errorf("%w while waiting for %s", err, t.Host())
	default:
		return fmt.Errorf("%w before any media host was contacted", err)
	}
}
