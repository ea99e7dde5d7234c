// Package ffmpeg runs ffmpeg and ffprobe on one hostile file, with bounds on
// time, output, and on Linux memory.
//
// go.mau.fi/util/ffmpeg runs them too, but it keeps the program's path in a
// global variable, reads all of the output, and lets ffmpeg open any format and
// any file that the input names.
package ffmpeg

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// maxCopy is the largest source that is copied to a file, in bytes.
const maxCopy = 256 << 20

// Input is a file that ffmpeg can open. Close it after use.
type Input struct {
	path   string
	remove bool
}

// OpenInput returns src as a file with a name: its own, if it is an *os.File,
// or that of a copy.
func OpenInput(ctx context.Context, src io.ReaderAt, size int64) (*Input, error) {
	if f, ok := src.(*os.File); ok && sameFile(f) {
		return &Input{path: f.Name()}, nil
	}
	if size > maxCopy {
		return nil, fmt.Errorf("source has %d bytes and is no file: at most %d are copied", size, maxCopy)
	}
	f, err := os.CreateTemp("", "wamediax-preview-*")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, bounded.NewReader(ctx, src, size, size).Section(0))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	return &Input{path: f.Name(), remove: true}, nil
}

// sameFile reports whether the name of an open file still leads to it.
func sameFile(f *os.File) bool {
	open, err1 := f.Stat()
	named, err2 := os.Stat(f.Name())
	return err1 == nil && err2 == nil && named.Mode().IsRegular() && os.SameFile(open, named)
}

// Close removes a copy.
func (in *Input) Close() error {
	if in.remove {
		return os.Remove(in.path)
	}
	return nil
}
