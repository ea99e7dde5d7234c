package source

import "io"

// Section is an object that can be read at any offset.
type Section struct{ *io.SectionReader }

// NewSection returns the first size bytes of src as an object.
func NewSection(src io.ReaderAt, size int64) Section {
	return Section{io.NewSectionReader(src, 0, size)}
}

// Open returns a reader from offset to the end.
func (s Section) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(s.SectionReader, offset, s.Size()-offset)), nil
}
