package cdn

import (
	"context"
	"time"
)

// Conn is what a media_conn query gave: the hosts, and the auth token that they accept. It is not changed once it has been
// handed out, and shared by everyone who asked for one at the time.
type Conn struct {
	Auth    string // secret; "" where none is needed
	Hosts   []Host
	Expires time.Time // zero: never
	// Fetched is when the query was answered. Of a token that is refused, it tells whether the token is older than the
	// refusal of the one before, and so worth one more replacement. Zero counts as fetched just now.
	Fetched time.Time
	// Accepted, if not nil, is called whenever a host has accepted the token, by many goroutines at once. A source that
	// limits how often it fetches a new token learns from it that the present one is good.
	Accepted func()
}

// ConnSource hands out the current Conn. It is called by many transfers at once.
type ConnSource interface {
	// Conn returns the current connection. If stale is not nil, a host refused its token: what is returned then is a
	// newer one, fetched once for everyone who held the stale one, or stale itself if the source has no newer one to give.
	// An error ends the transfer. Conn returns promptly once ctx ends.
	Conn(ctx context.Context, stale *Conn) (*Conn, error)
}

// PublicHost serves downloads to everyone, without a session (WA Web and whatsmeow build URLs of messages with it).
const PublicHost = "mmg.whatsapp.net"

// Public returns the source for downloads without a session: one host, no token, no query.
func Public() ConnSource { return public{} }

type public struct{}

var publicConn = &Conn{Hosts: []Host{{Name: PublicHost}}}

func (public) Conn(context.Context, *Conn) (*Conn, error) { return publicConn, nil }
