// Command bot shows what wamediax does.
//
//	go run ./examples/bot [-file PATH]
//
// It starts a WhatsApp service of its own in the same process, logs a wrapped whatsmeow client in to it, and uploads a
// file while that service misbehaves: no account is needed and nothing leaves the machine. The exit status is 0 only if
// every byte came out right.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	file := flag.String("file", "", "upload this file, in place of 64 MiB of random bytes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := tour(ctx, os.Stdout, *file); err != nil {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
}
