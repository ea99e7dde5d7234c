package command

import (
	"context"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// status reports on the connection, the commands and the bytes sent.
func (b *Bot) status(context.Context, *request) (string, error) {
	connection := "not connected"
	if b.client.IsConnected() && b.client.IsLoggedIn() {
		connection = "connected"
	}
	running := b.count.running.Load() - 1 // without this one
	return fmt.Sprintf("Up %v, %s.\nCommands: %d run, %d failed, %d running.\nSent: %s; %d uploads resumed.",
		time.Since(b.started).Round(time.Second), connection,
		b.count.run.Load(), b.count.failed.Load(), running,
		humanize.IBytes(uint64(b.count.bytesSent.Load())), b.count.resumed.Load()), nil
}
