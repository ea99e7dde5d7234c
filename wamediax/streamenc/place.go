package streamenc

import (
	"fmt"
	"io"
)

// placeWriter writes at its own position, so that reading from the same file is not affected.
type placeWriter struct {
	dst    io.WriterAt
	seeker io.Seeker // nil: dst has no position
	at     int64
}

// newPlaceWriter returns nil if dst can only be written sequentially.
func newPlaceWriter(dst io.Writer) *placeWriter {
	writerAt, ok := dst.(io.WriterAt)
	if !ok {
		return nil
	}
	w := &placeWriter{dst: writerAt}
	if seeker, ok := dst.(io.Seeker); ok {
		at, err := seeker.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil // a pipe
		}
		w.seeker, w.at = seeker, at
	}
	if _, err := writerAt.WriteAt(nil, w.at); err != nil {
		return nil // a file opened with O_APPEND
	}
	return w
}

func (w *placeWriter) Write(p []byte) (int, error) {
	n, err := w.dst.WriteAt(p, w.at)
	if n > 0 {
		w.at += int64(n)
	}
	return n, err
}

// finish sets dst's position to the end of the written data.
func (w *placeWriter) finish() error {
	if w.seeker == nil {
		return nil
	}
	if _, err := w.seeker.Seek(w.at, io.SeekStart); err != nil {
		return fmt.Errorf("failed to seek to the end of the plaintext: %w", err)
	}
	return nil
}
