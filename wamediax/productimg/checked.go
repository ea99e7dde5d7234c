package productimg

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// note is what is known of a picture besides its hash: what the resume store keeps of it. Its JSON stays as it is.
type note struct {
	Mimetype string `json:"mimetype"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
}

// checked reads a picture and lets pass only what is a whole picture: for anything else Read fails before the end. Where the
// settings say so it reads as the JPEG that was made of it.
type checked struct {
	ctx context.Context
	src io.Reader
	set *settings

	out  io.Reader // nil: nothing has been read
	note note
	err  error
}

func newChecked(ctx context.Context, src io.Reader, set *settings) *checked {
	return &checked{ctx: ctx, src: src, set: set}
}

func (p *checked) Read(buf []byte) (int, error) {
	if p.out == nil && p.err == nil {
		p.err = p.begin()
	}
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.out.Read(buf)
	if whole, ok := p.out.(*scanned); ok && err == io.EOF && !whole.scan.Complete() {
		err = fmt.Errorf("%w: it ends in the middle", ErrTruncated)
	}
	p.err = err
	return n, err
}

// begin reads the header and decides what to do with the rest.
func (p *checked) begin() error {
	info, head, err := readHeader(p.src, p.set.maxPixels)
	if err != nil {
		return err
	}
	p.note = note{Mimetype: string(info.Format), Width: info.Width, Height: info.Height}
	whole := io.MultiReader(bytes.NewReader(head), p.src)
	fits := p.set.maxSide == 0 || max(info.Width, info.Height) <= p.set.maxSide
	if p.set.quality == 0 || info.Format == picture.JPEG && info.Orientation == picture.Upright && fits {
		p.out = &scanned{whole, picture.NewScanner(info.Format)}
		return nil
	}
	converted, width, height, err := p.set.convert(p.ctx, whole)
	if err != nil {
		return err
	}
	p.note = note{Mimetype: string(picture.JPEG), Width: width, Height: height}
	p.out = converted
	return nil
}

// Note is the picture's note, once its end has been read.
func (p *checked) Note() []byte {
	marshalled, err := json.Marshal(p.note)
	if err != nil {
		panic("productimg: a note does not marshal: " + err.Error())
	}
	return marshalled
}

// scanned reads src past a scanner.
type scanned struct {
	src  io.Reader
	scan picture.Scanner
}

func (s *scanned) Read(p []byte) (int, error) {
	n, err := s.src.Read(p)
	s.scan.Scan(p[:n])
	return n, err
}

// openedSource closes its source as well.
type openedSource struct {
	*checked
	io.Closer
}
