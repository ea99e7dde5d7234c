package wamediax

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

// Bounds for what the server says of a media connection's life.
const (
	defaultConnLife = 5 * time.Minute
	maxConnLife     = 24 * time.Hour
)

// mediaConn is one answer to a media_conn query.
type mediaConn struct {
	auth    string // secret
	hosts   []mediaHost
	fetched time.Time
	expires time.Time
}

type mediaHost struct {
	cdn.Host
	upload   []string // the mms-types that it takes; empty: all
	download []string // the mms-types that it gives; empty: all
}

// connCache holds the media connection that all of a client's uploads share, and fetches it once for all who wait.
type connCache struct {
	cli        *whatsmeow.Client
	firstPause time.Duration // after an answer that asks to back off

	mu     sync.Mutex
	conn   *mediaConn
	flight *connFlight
}

// connFlight is a query under way. Its fields are set before done is closed.
type connFlight struct {
	done      chan struct{}
	conn      *mediaConn
	err       error
	abandoned bool // only the context of the caller who made the query ended: the others go on
}

func newConnCache(cli *whatsmeow.Client) *connCache {
	return &connCache{cli: cli, firstPause: time.Second}
}

// get returns a connection that has not run out and was fetched after the given moment (of the one that was refused; zero:
// any will do).
func (cc *connCache) get(ctx context.Context, after time.Time) (*mediaConn, error) {
	for {
		cc.mu.Lock()
		if conn := cc.conn; conn != nil && conn.fetched.After(after) && time.Now().Before(conn.expires) {
			cc.mu.Unlock()
			return conn, nil
		}
		flight := cc.flight
		mine := flight == nil
		if mine {
			flight = &connFlight{done: make(chan struct{})}
			cc.flight = flight
		}
		cc.mu.Unlock()

		if mine {
			cc.fly(ctx, flight)
		}
		select {
		case <-flight.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		switch {
		case flight.abandoned && !mine:
			continue
		case flight.err != nil:
			return nil, flight.err
		default:
			return flight.conn, nil
		}
	}
}

// fly makes the query for everyone who waits on flight.
func (cc *connCache) fly(ctx context.Context, flight *connFlight) {
	flight.conn, flight.err = cc.query(ctx)
	flight.abandoned = flight.err != nil && ctx.Err() != nil
	cc.mu.Lock()
	if flight.err == nil {
		cc.conn = flight.conn
	}
	cc.flight = nil
	cc.mu.Unlock()
	close(flight.done)
}

// query asks for a media connection over the wrapped client's socket, and asks again after a pause where the server wants
// one (507, as WA Web takes it).
func (cc *connCache) query(ctx context.Context) (*mediaConn, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.Multiplier = cc.firstPause, 2
	return backoff.Retry(ctx, func() (*mediaConn, error) {
		answer, err := overSocket(ctx, cc.cli, whatsmeow.DangerousInfoQuery{
			Namespace: "w:m",
			Type:      "set",
			To:        types.ServerJID,
			Content:   []waBinary.Node{{Tag: "media_conn"}},
		})
		var refused *whatsmeow.IQError
		switch {
		case err == nil:
			conn, err := parseMediaConn(answer, time.Now())
			if err != nil {
				return nil, backoff.Permanent(err)
			}
			return conn, nil
		case ctx.Err() != nil:
			return nil, backoff.Permanent(context.Cause(ctx))
		case errors.As(err, &refused) && refused.Code == 507:
			return nil, err
		default:
			return nil, backoff.Permanent(err)
		}
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(4))
}

// parseMediaConn reads the answer to a media_conn query. Hosts whose name is no host name are left out.
func parseMediaConn(resp *waBinary.Node, now time.Time) (*mediaConn, error) {
	node, ok := resp.GetOptionalChildByTag("media_conn")
	if !ok {
		return nil, errors.New("failed to parse media_conn: the answer holds none")
	}
	attrs := node.AttrGetter()
	conn := &mediaConn{auth: attrs.OptionalString("auth"), fetched: now}
	if conn.auth == "" {
		return nil, errors.New("failed to parse media_conn: no auth token")
	}
	life := maxConnLife
	known := false
	for _, name := range []string{"ttl", "auth_ttl"} {
		if seconds, ok := attrs.GetInt64(name, false); ok && seconds > 0 {
			known = true
			life = min(life, time.Duration(min(seconds, int64(maxConnLife/time.Second)))*time.Second)
		}
	}
	if !known {
		life = defaultConnLife
	}
	conn.expires = now.Add(life)
	for _, child := range node.GetChildren() {
		if child.Tag != "host" {
			continue
		}
		attrs := child.AttrGetter()
		host := mediaHost{Host: cdn.Host{
			Name:         attrs.OptionalString("hostname"),
			Fallback:     attrs.OptionalString("type") == "fallback",
			FallbackName: attrs.OptionalString("fallback_hostname"),
		}}
		if !isHostName(host.FallbackName) {
			host.FallbackName = ""
		}
		if !isHostName(host.Name) {
			continue
		}
		for tag, list := range map[string]*[]string{"upload": &host.upload, "download": &host.download} {
			if listed, ok := child.GetOptionalChildByTag(tag); ok {
				for _, mediaType := range listed.GetChildren() {
					*list = append(*list, mediaType.Tag)
				}
			}
		}
		conn.hosts = append(conn.hosts, host)
	}
	return conn, nil
}

// isHostName tells whether a URL to name leads to name.
func isHostName(name string) bool {
	parsed, err := url.Parse("https://" + name + "/")
	return err == nil && name != "" && parsed.Host == name && parsed.User == nil && parsed.Path == "/"
}

// uploadConns hands out the hosts that take dest's kind of media. It is a [cdn.ConnSource].
type uploadConns struct {
	cache *connCache
	dest  destination
}

func (uc uploadConns) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	var refused time.Time
	if stale != nil {
		refused = stale.Fetched
	}
	conn, err := uc.cache.get(ctx, refused)
	if err != nil {
		return nil, fmt.Errorf("failed to query media_conn: %w", err)
	}
	return &cdn.Conn{Auth: conn.auth, Expires: conn.expires, Fetched: conn.fetched, Hosts: uc.dest.choose(conn.hosts)}, nil
}

// hostsFor leaves out the hosts that list media types, but not this one; not, however, all of them.
func hostsFor(hosts []mediaHost, mmsType string, listed func(mediaHost) []string) []cdn.Host {
	var ours, all []cdn.Host
	for _, host := range hosts {
		all = append(all, host.Host)
		if names := listed(host); len(names) == 0 || slices.Contains(names, mmsType) {
			ours = append(ours, host.Host)
		}
	}
	if len(ours) == 0 {
		ours = all
	}
	return ours
}

// choose lists the hosts for an upload.
func (dest destination) choose(hosts []mediaHost) []cdn.Host {
	ours := hostsFor(hosts, dest.mmsType, func(host mediaHost) []string { return host.upload })
	if last := len(ours) - 1; dest.lastFirst && last > 0 {
		first := ours[last]
		first.Fallback = false
		ours = append([]cdn.Host{first}, ours[:last]...)
	}
	return ours
}
