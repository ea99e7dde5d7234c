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
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	file := flag.String("file", "", "upload this file, in place of 64 MiB of random bytes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *file); err != nil {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
}

// run is the tour. It leaves nothing behind, however it ends.
func run(ctx context.Context, out io.Writer, path string) (err error) {
	if path == "" {
		made, err := makeFile(madeSize)
		if err != nil {
			return fmt.Errorf("failed to make a file: %w", err)
		}
		defer os.Remove(made)
		path = made
	}
	if err := tourUpload(ctx, out, path); err != nil {
		return err
	}
	for _, section := range []func(context.Context, io.Writer) error{tourReupload, tourStickers, tourCatalog} {
		if err := section(ctx, out); err != nil {
			return err
		}
	}
	return nil
}
