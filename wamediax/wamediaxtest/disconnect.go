package wamediaxtest

import (
	"bytes"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
)

// Disconnect disconnects a client so that nothing of it remains: the server first waits until the client has sent its receipts
// for the messages that it got, 2 s at most, stops sending to it, waits until the client has taken in what was sent before,
// and then calls the client's own Disconnect. That alone leaves a goroutine of whatsmeow's behind for good if something is on
// its way to the client, if only the answer to a receipt, which a test sees that looks for leaks. The client may be from
// [Server.NewClient] or the test's own, paired or not, and may connect again: what comes for it meanwhile is held. A query that
// the client makes at this moment fails.
func (s *Server) Disconnect(cli *whatsmeow.Client) {
	var quiet sync.WaitGroup
	for _, c := range s.reachable() {
		if bytes.Equal(c.conn.Static, cli.Store.NoiseKey.Pub[:]) {
			quiet.Go(func() {
				c.waitForReceipts()
				c.quiesce()
			})
		}
	}
	quiet.Wait()
	cli.Disconnect()
}

// waitForReceipts lets the client say that it has what it was sent: else it would be sent again when the client is back, who
// knows it already.
func (c *session) waitForReceipts() {
	if c.device == nil {
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); c.server.accounts.AwaitsReceipt(c.device, c) && time.Now().Before(deadline); {
		select {
		case <-tick.C:
		case <-c.ctx.Done():
			return
		}
	}
}
