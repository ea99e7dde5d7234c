package wamediax

import (
	"context"
	"io"
	"os"
)

// inPlace gives what is left of src as a section that can be read at any offset, where src allows that: a regular
// *os.File with a size, or whatever else has ReadAt and a Size (*bytes.Reader, *strings.Reader, *io.SectionReader …). src is not read,
// and its position stays.
func inPlace(src io.Reader) (*io.SectionReader, bool) {
	at, ok := src.(io.ReaderAt)
	if !ok {
		return nil, false
	}
	var start, end int64
	if file, ok := src.(*os.File); ok {
		stat, err := file.Stat()
		if err != nil || !stat.Mode().IsRegular() {
			return nil, false
		}
		if start, err = file.Seek(0, io.SeekCurrent); err != nil {
			return nil, false
		}
		if end = stat.Size(); end == 0 {
			return nil, false // /proc and some FUSE file systems know no sizes: reading tells
		}
	} else {
		sized, ok := src.(interface{ Size() int64 })
		if !ok {
			return nil, false
		}
		end = sized.Size()
		switch src := src.(type) {
		case interface{ Len() int }: // of what is not read yet
			start = end - int64(src.Len())
		case io.Seeker:
			var err error
			if start, err = src.Seek(0, io.SeekCurrent); err != nil {
				return nil, false
			}
		}
	}
	return io.NewSectionReader(at, start, max(0, end-start)), true
}

// grown reports whether there is more behind a section than when it was made.
func grown(section *io.SectionReader) bool {
	source, start, size := section.Outer()
	n, _ := source.ReadAt(make([]byte, 1), start+size)
	return n > 0
}

// isFile reports whether src is an *os.File: one that cannot be read in place is read as a stream.
func isFile(src any) bool {
	_, ok := src.(*os.File)
	return ok
}

// maxEmptyReads is how often in a row a reader may return nothing without an error.
const maxEmptyReads = 100

// watched is a source that ends when ctx does. As long as report is there it is read by one goroutine at a time, and
// tells how many of its bytes were read.
type watched struct {
	ctx    context.Context
	reader io.Reader
	at     io.ReaderAt
	read   int64
	empty  int              // Reads in a row that gave nothing
	report func(read int64) // nil: nobody wants to know
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.count(w.reader.Read, p)
	if n > 0 {
		w.empty = 0
	} else if w.empty++; w.empty == maxEmptyReads && err == nil {
		err = io.ErrNoProgress
	}
	return n, err
}

func (w *watched) ReadAt(p []byte, offset int64) (int, error) {
	return w.count(func(p []byte) (int, error) { return w.at.ReadAt(p, offset) }, p)
}

func (w *watched) count(read func([]byte) (int, error), p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	n, err := read(p)
	if w.report != nil {
		w.read += int64(n)
		w.report(w.read)
	}
	return n, err
}
