package wamediaxtest

import (
	"net/http"
	"sync"
)

// InstallDefaultTransport makes every whatsmeow client of this process that is constructed from now
// on reach the server, for its websocket and for media, without a change to the program that
// constructs it: whatsmeow.NewClient copies http.DefaultTransport, and this sets it. Whatever else
// uses http.DefaultTransport then reaches the server as well, under every host name.
//
// restore puts back what was there before; calling it again does nothing. Clients that were
// constructed meanwhile keep the server. Restore in the reverse order of installing, and before
// other tests run in parallel: http.DefaultTransport belongs to the whole process.
//
//	t.Cleanup(srv.InstallDefaultTransport())
func (s *Server) InstallDefaultTransport() (restore func()) {
	before := http.DefaultTransport
	http.DefaultTransport = s.transport
	return sync.OnceFunc(func() { http.DefaultTransport = before })
}
