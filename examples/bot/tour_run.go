package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

// tour shows one feature after the other, against a WhatsApp service in this process. It leaves nothing behind, however it
// ends.
func tour(ctx context.Context, out io.Writer, path string) (err error) {
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
