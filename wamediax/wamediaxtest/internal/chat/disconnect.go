package chat

import (
	"bytes"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
)

// Disconnect implements Server.Disconnect of wamediaxtest.
func (s *Service) Disconnect(cli *whatsmeow.Client) {
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

// waitForReceipts waits until the client has acknowledged what it was sent. Otherwise the server
// would send that again after the client reconnects.
func (c *session) waitForReceipts() {
	if c.device == nil {
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(Patience); c.server.Accounts.AwaitsReceipt(c.device, c) && time.Now().Before(deadline); {
		select {
		case <-tick.C:
		case <-c.ctx.Done():
			return
		}
	}
}
