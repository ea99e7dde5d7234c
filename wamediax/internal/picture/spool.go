package picture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how many bytes of a file are kept in memory, and not in a temporary file.
const spoolMemory = 8 << 20

// Spool is a stream that was read to its end, so that it can be read anywhere: from memory, or from a temporary file that only
// this process can open. Close removes it.
type Spool struct {
	io.ReaderAt
	Size int64
	file *os.File // nil: it is in memory
}

// NewSpool reads src to its end. More than most bytes are an [ErrTooLarge]; other errors are src's own, and the disk's.
func NewSpool(src io.Reader, most int64) (*Spool, error) {
	var head bytes.Buffer
	n, err := io.Copy(&head, io.LimitReader(src, min(most, spoolMemory)+1))
	switch {
	case err != nil:
		return nil, err
	case n > most:
		return nil, fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, most)
	case n <= spoolMemory:
		return &Spool{ReaderAt: bytes.NewReader(head.Bytes()), Size: n}, nil
	}
	file, err := os.CreateTemp("", "wamediax-picture-*")
	if err != nil {
		return nil, err
	}
	s := &Spool{ReaderAt: file, file: file}
	s.Size, err = io.Copy(file, io.LimitReader(io.MultiReader(&head, src), most+1))
	if err == nil && s.Size > most {
		err = fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, most)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close gives back what the spool takes.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
