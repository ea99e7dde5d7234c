// Package spool stores a stream so that it can be read at any offset.
package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A spool allocates memory in pieces of pieceSize bytes. The first piece starts small and grows,
// because most spooled media is small.
const (
	pieceSize  = 256 << 10
	firstPiece = 16 << 10
)

// Spool stores what is written to it: in memory up to a limit, and beyond that in a temporary file
// with mode 0600. Write everything before the first ReadAt.
type Spool struct {
	memory int64 // limit in bytes
	size   int64
	pieces [][]byte // full ones, and the last
	file   *os.File // replaces pieces once memory is exceeded
	linked bool     // the file still has a name
}

// New returns a spool that uses up to memory bytes of memory.
func New(memory int64) *Spool { return &Spool{memory: memory} }

// Size returns the number of bytes written.
func (s *Spool) Size() int64 { return s.size }

// Write appends p.
func (s *Spool) Write(p []byte) (int, error) {
	if s.file == nil && s.size+int64(len(p)) > s.memory {
		if err := s.toFile(); err != nil {
			return 0, fmt.Errorf("failed to spool to a temporary file: %w", err)
		}
	}
	if s.file != nil {
		n, err := s.file.Write(p)
		s.size += int64(n)
		if err != nil {
			err = fmt.Errorf("failed to spool to a temporary file: %w", err)
		}
		return n, err
	}
	for rest := p; len(rest) > 0; {
		last := len(s.pieces) - 1
		if last < 0 || len(s.pieces[last]) == pieceSize {
			size := pieceSize
			if last < 0 {
				size = firstPiece
			}
			s.pieces = append(s.pieces, make([]byte, 0, size))
			last++
		}
		n := min(len(rest), pieceSize-len(s.pieces[last]))
		s.pieces[last] = append(s.pieces[last], rest[:n]...)
		rest = rest[n:]
	}
	s.size += int64(len(p))
	return len(p), nil
}

// toFile moves all data to a new temporary file and unlinks it where the system allows that.
func (s *Spool) toFile() error {
	file, err := os.CreateTemp("", "wamediax-*") // mode 0600
	if err != nil {
		return err
	}
	s.file, s.linked = file, os.Remove(file.Name()) != nil
	for _, piece := range s.pieces {
		if _, err := file.Write(piece); err != nil {
			return err
		}
	}
	s.pieces = nil
	return nil
}

// ReadAt implements io.ReaderAt.
func (s *Spool) ReadAt(p []byte, offset int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, offset)
	}
	n := 0
	for n < len(p) && offset < s.size {
		copied := copy(p[n:], s.pieces[offset/pieceSize][offset%pieceSize:])
		n += copied
		offset += int64(copied)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Restart discards what was written, so that a download can start over. It implements
// fetch.Restarter.
func (s *Spool) Restart() error {
	err := s.Close()
	*s = Spool{memory: s.memory}
	return err
}

// Close releases the memory or removes the file. Call it once, also after a failed Write.
func (s *Spool) Close() error {
	s.pieces = nil
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.linked {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}
