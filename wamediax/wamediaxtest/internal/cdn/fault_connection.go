package cdn

import (
	"context"
	"crypto/tls"
	"net"
)

// BreakConnection implements wamediaxtest.BreakConnection.
func BreakConnection(when <-chan struct{}) Effect {
	return Effect{takeOver: func(x *exchange) {
		if when != nil {
			x.waitUnread(when)
		}
		conn := x.r.Context().Value(connKey{}).(net.Conn)
		if secure, ok := conn.(*tls.Conn); ok {
			conn = secure.NetConn() // close without a TLS alert
		}
		_ = conn.Close() // the connection is broken whatever it returns
		x.cut()
	}}
}

// waitUnread waits for ch without reading the body. It cuts the exchange in the same cases as hold.
func (x *exchange) waitUnread(ch <-chan struct{}) {
	next := x.cdn.stall(x.route.key) // closed by the next request for this object
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

// connKey is the context key for a request's connection.
type connKey struct{}

// KeepConn is for http.Server.ConnContext.
func KeepConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}
