package source

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// seekedAt implements ReadAt by seeking. Offsets count from start.
type seekedAt struct {
	mu    sync.Mutex
	file  io.ReadSeeker
	start int64
}

func (s *seekedAt) ReadAt(p []byte, offset int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.file.Seek(s.start+offset, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(Watch(context.Background(), s.file, nil), p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// Seeked returns the unread part of file as a section that seeks before each read.
func Seeked(file io.ReadSeeker) (*io.SectionReader, error) {
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("failed to find the position: %w", err)
	}
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("failed to find the end: %w", err)
	}
	return io.NewSectionReader(&seekedAt{file: file, start: start}, 0, max(0, end-start)), nil
}

// Scratch stores the object of a plain stream until it has been sent.
type Scratch interface {
	io.Writer
	io.ReaderAt
}

// ScratchOn returns a Scratch on a caller's file, from its beginning if it has WriteAt and ReadAt,
// otherwise from its position.
func ScratchOn(file io.ReadWriteSeeker) (Scratch, error) {
	if random, ok := file.(interface {
		io.ReaderAt
		io.WriterAt
	}); ok {
		return struct {
			io.Writer
			io.ReaderAt
		}{io.NewOffsetWriter(random, 0), random}, nil
	}
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("failed to find the temporary file's position: %w", err)
	}
	return struct {
		io.Writer
		io.ReaderAt
	}{file, &seekedAt{file: file, start: start}}, nil
}
