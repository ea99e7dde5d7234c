package tour

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
)

// makeRandom makes a file of random bytes.
func makeRandom(ctx context.Context, path string, bytes int64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.CopyN(file, rand.Reader, bytes)
	return errors.Join(err, file.Close())
}
