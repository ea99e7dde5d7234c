// Package transfer carries one object through attempts at media hosts: it
// gets connections, waits, refreshes tokens, and turns what the failover
// machine decides into the next attempt or an error. What an attempt sends or
// reads is its caller's business.
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

// Transfer is the way of one object. It is used by one goroutine at a time.
type Transfer struct {
	*failover.Machine
	conns  cdn.ConnSource
	choose func([]cdn.Host) []cdn.Host // the hosts that are for this object
	conn   *cdn.Conn                   // nil before the first attempt
	failed int                         // attempts so far
	last   error                       // how the last attempt failed
}

// New returns a transfer that asks conns for hosts. choose picks those that are for this object; nil picks all.
func New(conns cdn.ConnSource, policy failover.Policy, choose func([]cdn.Host) []cdn.Host) *Transfer {
	return &Transfer{Machine: failover.New(policy), conns: conns, choose: choose}
}

// Begin gets a connection for the next attempt: the first one, or a new one in place of one that has expired.
func (t *Transfer) Begin(ctx context.Context) error {
	if t.conn == nil {
		if err := t.connect(ctx, nil); err != nil {
			return err
		}
	}
	if !t.conn.Expires.IsZero() && time.Now().After(t.conn.Expires) {
		// Without a new one the old one has to do: its hosts say whether they still accept it.
		if err := t.connect(ctx, nil); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return nil
}

var errNoSource = errors.New("source of media connections is nil")

// Conn is the connection in use. It is nil before Begin.
func (t *Transfer) Conn() *cdn.Conn { return t.conn }

// Attempts is the number of the next attempt, 1 for the first.
func (t *Transfer) Attempts() int { return t.failed + 1 }

// Last is how the last attempt failed, with its host; nil before.
func (t *Transfer) Last() error { return t.last }

// Accepted notes that the host in use has accepted the token.
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

// Failed decides what follows an attempt at Host that failed, and waits where that helps. The step is one to try, or to
// recover an object that is gone; every other way on is an error.
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

// NotRecovered follows a step to recover that did not help.
func (t *Transfer) NotRecovered(ctx context.Context) (failover.Step, error) {
	return t.follow(ctx, t.Machine.NotRecovered(time.Now()), nil)
}

// follow waits for a step's time, and makes an error of one that gives up.
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
		return failover.Step{}, fmt.Errorf("%w; %w", t.Said(), err)
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
		return fmt.Errorf("%w: %w", cdn.ErrUnreachable, t.Said())
	default:
		return t.Said()
	}
}

// Ended is the error of a transfer whose context has ended: why, and what each host said last; or what the transfer was
// waiting for, which is an error of its connection source, or nil.
func (t *Transfer) Ended(ctx context.Context, waiting error) error {
	err := ctxerr.Of(ctx)
	said := t.Said()
	switch {
	case len(said) > 0:
		return fmt.Errorf("%w (%w)", err, said)
	case waiting != nil && errors.Is(waiting, ctx.Err()) && errors.Is(waiting, context.Cause(ctx)): // it says why, too
		return fmt.Errorf("no media host was asked yet: %w", waiting)
	case waiting != nil:
		return fmt.Errorf("%w before any media host was asked: %w", err, waiting)
	case t.conn != nil:
		return fmt.Errorf("%w while waiting for %s", err, t.Host())
	default:
		return fmt.Errorf("%w before any media host was asked", err)
	}
}
