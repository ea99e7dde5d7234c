package wamediaxtest

import (
	"context"
	"crypto/tls"
	"net"
)

// BreakConnection breaks the TCP connection once when is closed (nil: at once), over HTTP/2 with everything else that is
// under way on it. No byte of the body is taken: what the client has sent by then is lost in the socket's buffers. A test
// that closes when as soon as its body has handed out enough bytes gets the same loss every time.
//
// [HangUp](0) differs in two ways: it comes at once, while an unknown part of the body is on its way, and over HTTP/2 it
// resets only the stream.
func BreakConnection(when <-chan struct{}) Effect {
	return Effect{takeOver: func(x *exchange) {
		if when != nil {
			x.waitUnread(when)
		}
		conn := x.r.Context().Value(connKey{}).(net.Conn)
		if secure, ok := conn.(*tls.Conn); ok {
			conn = secure.NetConn() // no parting words
		}
		_ = conn.Close() // whatever it returns, the connection is broken
		x.cut()
	}}
}

// waitUnread waits for ch while the body is unread. It cuts the exchange when hold would.
func (x *exchange) waitUnread(ch <-chan struct{}) {
	next := x.cdn.stall(x.route.key) // closed by the next request about this object
	defer x.cdn.unstall(x.route.key, next)
	x.cdn.setHeld(x.record, true)
	select {
	case <-ch:
	case <-next:
		x.cut()
	case <-x.r.Context().Done():
		x.cut()
	case <-x.cdn.done:
		x.cut()
	}
}

// connKey is the key of a connection in the contexts of its requests.
type connKey struct{}

// keepConn is an http.Server's ConnContext.
func keepConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}
