package wamediaxtest

import (
	"bytes"
	"sync"

	"go.mau.fi/whatsmeow"
)

// Disconnect disconnects a client so that nothing of it remains: the server first stops sending to it, waits until the client
// has taken in what was sent before, and then calls the client's own Disconnect. That alone leaves a goroutine of whatsmeow's
// behind for good if something is on its way to the client, if only the answer to a receipt, which a test sees that looks for
// leaks. The client may be from [Server.NewClient] or the test's own, paired or not, and may connect again: what comes for it
// meanwhile is held. A query that the client makes at this moment fails.
func (s *Server) Disconnect(cli *whatsmeow.Client) {
	var quiet sync.WaitGroup
	for _, c := range s.reachable() {
		if bytes.Equal(c.static, cli.Store.NoiseKey.Pub[:]) {
			quiet.Go(func() { c.quiesce() })
		}
	}
	quiet.Wait()
	cli.Disconnect()
}
