package cdn

import (
	"context"
	"crypto/tls"
	"net"
)

// BreakConnection is wamediaxtest.BreakConnection.
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

// KeepConn is an http.Server's ConnContext.
func KeepConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}
