package picture

import "io"

// Forget leaves what users see.
func (i *Info) Forget() { i.memory, i.framePixels = 0, 0 }

// From is p, read from another source.
func (p *Picture) From(src io.ReaderAt) *Picture {
	other := *p
	other.src = src
	return &other
}
