package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how many bytes of a file are kept in memory, and not in a temporary file.
const spoolMemory = 8 << 20

// Spool keeps what is written to it, so that it can be read anywhere: in memory, or in a temporary file where it has more than
// 8 MiB. Close removes it.
type Spool struct {
	Size   int64 // bytes written
	most   int64
	memory bytes.Buffer
	file   *os.File // nil: it is in memory
}

// NewSpool returns an empty spool for at most so many bytes. More of them are an [ErrTooLarge].
func NewSpool(most int64) *Spool { return &Spool{most: most} }

// SpoolAll reads src to its end. The errors are src's own, ctx's cause, [ErrTooLarge] and the disk's.
func SpoolAll(ctx context.Context, src io.Reader, most int64) (*Spool, error) {
	s := NewSpool(most)
	if _, err := io.Copy(s, untilDone{ctx, src}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// untilDone reads no more once ctx has ended.
type untilDone struct {
	ctx context.Context
	src io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.src.Read(p)
}

// Write appends p.
func (s *Spool) Write(p []byte) (n int, err error) {
	if s.Size+int64(len(p)) > s.most {
		return 0, fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, s.most)
	}
	if s.file == nil && s.Size+int64(len(p)) > spoolMemory {
		if s.file, err = os.CreateTemp("", "wamediax-*"); err != nil {
			return 0, err
		}
		if _, err = s.file.Write(s.memory.Bytes()); err != nil {
			return 0, err
		}
		s.memory = bytes.Buffer{}
	}
	if s.file != nil {
		n, err = s.file.Write(p)
	} else {
		n, err = s.memory.Write(p)
	}
	s.Size += int64(n)
	return n, err
}

// ReadAt reads what has been written.
func (s *Spool) ReadAt(p []byte, offset int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, offset)
	}
	return bytes.NewReader(s.memory.Bytes()).ReadAt(p, offset)
}

// Close gives back what the spool takes.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
