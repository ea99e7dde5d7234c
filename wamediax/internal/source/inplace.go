package source

import (
	"io"
	"os"
)

// InPlace returns the unread part of src as a section that can be read at any offset. It reports
// false unless src is a non-empty regular *os.File, or has ReadAt and Size, such as *bytes.Reader,
// *strings.Reader and *io.SectionReader. It does not read src or move its position.
func InPlace(src io.Reader) (*io.SectionReader, bool) {
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
			// /proc and some FUSE file systems report no size: read it as a stream
			return nil, false
		}
	} else {
		sized, ok := src.(interface{ Size() int64 })
		if !ok {
			return nil, false
		}
		end = sized.Size()
		switch src := src.(type) {
		case interface{ Len() int }: // the unread bytes
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

// Grown reports whether the source now extends beyond the section.
func Grown(section *io.SectionReader) bool {
	source, start, size := section.Outer()
	n, _ := source.ReadAt(make([]byte, 1), start+size)
	return n > 0
}

// IsFile reports whether src is an *os.File. A file that cannot be read in place is read as a
// stream.
func IsFile(src any) bool {
	_, ok := src.(*os.File)
	return ok
}
