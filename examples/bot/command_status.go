package main

import (
	"context"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// status says how the bot is doing.
func (b *bot) status(context.Context, *request) (string, error) {
	connection := "not connected"
	if b.client.IsConnected() && b.client.IsLoggedIn() {
		connection = "connected"
	}
	running := b.count.running.Load() - 1 // but for this one
	return fmt.Sprintf("Up %v, %s (connection %d).\nCommands: %d run, %d failed, %d running.\nSent: %s; %d uploads went on from what WhatsApp had.",
		time.Since(b.started).Round(time.Second), connection, b.count.connections.Load(),
		b.count.run.Load(), b.count.failed.Load(), running,
		humanize.IBytes(uint64(b.count.bytesSent.Load())), b.count.resumed.Load()), nil
}
