// Package ffmpeg runs ffmpeg and ffprobe on one untrusted file, with limits on
// time and output and, on Linux, on memory.
//
// go.mau.fi/util/ffmpeg keeps the program's path in a global variable, reads
// all of the output, and lets ffmpeg open any format and any file that the
// input names.
package ffmpeg

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// maxCopy is the size of the largest source that is copied to a file, in bytes.
const maxCopy = 256 << 20

// Input is a file that ffmpeg can open. Close it after use.
type Input struct {
	path   string
	remove bool
}

// OpenInput returns src as a file with a name. An *os.File is used in place;
// another source is copied to a temporary file.
func OpenInput(ctx context.Context, src io.ReaderAt, size int64) (*Input, error) {
	if f, ok := src.(*os.File); ok && sameFile(f) {
		return &Input{path: f.Name()}, nil
	}
	if size > maxCopy {
		return nil, fmt.Errorf("source is not a file, and too large to copy: %d bytes, limit is %d", size, maxCopy)
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

// sameFile reports whether the name of an open file still refers to it.
func sameFile(f *os.File) bool {
	open, err1 := f.Stat()
	named, err2 := os.Stat(f.Name())
	return err1 == nil && err2 == nil && named.Mode().IsRegular() && os.SameFile(open, named)
}

// Close removes the copy, if there is one.
func (in *Input) Close() error {
	if in.remove {
		return os.Remove(in.path)
	}
	return nil
}
