// Package mediaconn gets media connections (hosts and an auth token) over a
// client's WhatsApp socket. Concurrent callers share one query.
package mediaconn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/iq"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
)

const (
	// refreshEvery is the minimum time between two queries that replace a refused token, unless a
	// host accepted the first replacement. Responses without hosts are kept that long, too.
	// Otherwise an account that is blocked everywhere would send a query per transfer.
	refreshEvery = 3 * time.Second
	// maxRejected is how many replacements in a row may be refused before transfers stop waiting
	// for the next one.
	maxRejected = 2
)

// Source provides one media connection to all transfers of a client. It is a [cdn.ConnSource].
type Source struct {
	line       *socketwait.Line
	firstPause time.Duration // after a response that asks to back off

	mu        sync.Mutex
	conn      *cdn.Conn
	accepted  *atomic.Bool // a host accepted conn's token
	refreshed time.Time    // when a refused token was last replaced
	rejected  int          // replacements in a row that no host accepted
	flight    *flight
}

// flight is an active query. Its fields are set before done is closed.
type flight struct {
	done      chan struct{}
	conn      *cdn.Conn
	err       error
	abandoned bool // the context of the querying caller ended; waiters must query again
}

// New returns a Source for the client of line. It sends no query yet.
func New(line *socketwait.Line) *Source {
	return &Source{line: line, firstPause: time.Second}
}

// Conn returns the current connection, or fetches one. If stale is not nil, a host refused its
// token; see [cdn.ConnSource].
func (s *Source) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	for {
		s.mu.Lock()
		conn, wait := s.usable(stale, time.Now())
		if wait > 0 {
			s.mu.Unlock()
			if err := pause(ctx, wait); err != nil {
				return nil, err
			}
			continue
		}
		if conn != nil {
			s.mu.Unlock()
			return conn, nil
		}
		query := s.flight
		mine := query == nil
		if mine {
			query = &flight{done: make(chan struct{})}
			s.flight = query
		}
		s.mu.Unlock()

		if mine {
			s.runQuery(ctx, query, stale != nil)
		} else {
			select {
			case <-query.done:
			case <-ctx.Done():
				return nil, fmt.Errorf("%w while waiting for another transfer's media_conn query", ctxerr.Of(ctx))
			}
		}
		switch {
		case query.abandoned && !mine:
			continue
		case query.err != nil:
			return nil, fmt.Errorf("failed to query media_conn: %w", query.err)
		default:
			return query.conn, nil
		}
	}
}

// usable returns the current connection if it has not expired and is newer than stale, or if no
// newer one is available now. If it is too early to fetch a newer one, it returns how long to wait.
func (s *Source) usable(stale *cdn.Conn, now time.Time) (conn *cdn.Conn, wait time.Duration) {
	switch {
	case s.conn == nil || !now.Before(s.conn.Expires):
		return nil, 0
	case stale == nil || s.conn.Fetched.After(stale.Fetched):
		return s.conn, 0
	case s.accepted.Load():
		return nil, 0
	}
	if wait = refreshEvery - now.Sub(s.refreshed); wait > 0 && s.rejected >= maxRejected {
		return s.conn, 0
	}
	return nil, wait
}

// pause waits until a refused token may be replaced.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w while waiting to replace a refused auth token", ctxerr.Of(ctx))
	}
}

// runQuery sends the query that all waiters share.
func (s *Source) runQuery(ctx context.Context, query *flight, refresh bool) {
	query.conn, query.err = s.query(ctx)
	query.abandoned = query.err != nil && ctx.Err() != nil
	s.mu.Lock()
	if query.err == nil {
		if s.accepted != nil && s.accepted.Load() {
			s.rejected = 0
		}
		accepted := new(atomic.Bool)
		query.conn.Accepted = func() { accepted.Store(true) }
		s.conn, s.accepted = query.conn, accepted
		if refresh {
			s.refreshed = query.conn.Fetched
			s.rejected++
		}
	}
	s.flight = nil
	s.mu.Unlock()
	close(query.done)
}

// query sends a media_conn query, and retries after a pause if the server asks for that (507,
// handled as in WA Web).
func (s *Source) query(ctx context.Context) (*cdn.Conn, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.Multiplier = s.firstPause, 2
	return backoff.Retry(ctx, func() (*cdn.Conn, error) {
		answer, err := iq.Query(ctx, s.line, whatsmeow.DangerousInfoQuery{
			Namespace: "w:m",
			Type:      "set",
			To:        types.ServerJID,
			Content:   []waBinary.Node{{Tag: "media_conn"}},
		})
		var refused *whatsmeow.IQError
		switch {
		case err == nil:
			conn, err := parse(answer, time.Now())
			if err != nil {
				return nil, backoff.Permanent(err)
			}
			if len(conn.Hosts) == 0 {
				conn.Expires = time.Now().Add(refreshEvery)
			}
			return conn, nil
		case ctx.Err() == nil && errors.As(err, &refused) && refused.Code == 507:
			return nil, err
		default:
			return nil, backoff.Permanent(err)
		}
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(4))
}
