package cdn

import (
	"context"
	"time"
)

// Conn is the response to a media_conn query: the media hosts, and the auth token that they accept.
// All transfers share it, so nobody may modify it.
type Conn struct {
	Auth    string // secret; "" if the hosts need none
	Hosts   []Host
	Expires time.Time // zero: never
	// Fetched is the time of the response. If a host refuses the token, it shows whether the token
	// is older than the previous refusal, and so worth replacing once more. The zero time counts as
	// just now.
	Fetched time.Time
	// Accepted, if not nil, is called whenever a host accepts the token, from many goroutines at
	// once. A source that limits how often it fetches tokens can use it to reset that limit.
	Accepted func()
}

// ConnSource provides the current Conn. It must be safe for concurrent use.
type ConnSource interface {
	// Conn returns the current connection. A stale that is not nil is one whose token a host
	// refused: Conn then returns a newer one, fetched once for all its holders, or stale itself if
	// the source cannot get a newer one. An error ends the transfer, unless it only has to replace
	// a connection that has expired: then it continues with that one. Conn must return promptly
	// when ctx ends.
	Conn(ctx context.Context, stale *Conn) (*Conn, error)
}

// PublicHost serves downloads without a session. (WA Web and whatsmeow use it in message URLs.)
const PublicHost = "mmg.whatsapp.net"

// Public returns a source for downloads without a session. Its only host is [PublicHost]; it has no
// token and sends no query.
func Public() ConnSource { return public{} }

type public struct{}

var publicConn = &Conn{Hosts: []Host{{Name: PublicHost}}}

func (public) Conn(context.Context, *Conn) (*Conn, error) { return publicConn, nil }
