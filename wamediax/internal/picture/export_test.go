package picture

import "io"

// Forget clears the unexported fields.
func (i *Info) Forget() { i.memory, i.framePixels = 0, 0 }

// From returns p with another source.
func (p *Picture) From(src io.ReaderAt) *Picture {
	other := *p
	other.src = src
	return &other
}
