package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Peek returns the first [SniffSize] bytes of src, or fewer if it is shorter, and a reader that
// still starts with them. It returns a source that can be read in place unchanged.
func Peek(ctx context.Context, src io.Reader) (head []byte, _ io.Reader, err error) {
	head = make([]byte, SniffSize)
	var n int
	section, inPlace := InPlace(src)
	if inPlace {
		n, err = WatchAt(ctx, section, nil).ReadAt(head, 0)
	} else {
		n, err = io.ReadFull(Watch(ctx, src, nil), head)
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, nil, fmt.Errorf("failed to read the first bytes: %w", err)
	}
	if !inPlace {
		src = io.MultiReader(bytes.NewReader(head[:n]), src)
	}
	return head[:n], src, nil
}
