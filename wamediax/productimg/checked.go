package productimg

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
)

// note is the metadata that the resume store keeps for a picture. Its JSON format must stay
// compatible.
type note struct {
	Mimetype string `json:"mimetype"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
}

// checked passes a picture through and verifies that it is complete; otherwise Read fails before
// the end. If the settings require it, it returns the picture converted to JPEG.
type checked struct {
	ctx context.Context
	src io.Reader
	set *settings

	out  io.Reader // nil until the first Read
	note note
	err  error
}

func newChecked(ctx context.Context, src io.Reader, set *settings) *checked {
	return &checked{ctx: ctx, src: source.Watch(ctx, src, nil), set: set}
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
		err = ErrTruncated
	}
	p.err = err
	return n, err
}

// begin reads the header and decides how to process the rest.
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

// Note returns the picture's note. It is valid once the picture has been read to its end.
func (p *checked) Note() []byte {
	marshalled, err := json.Marshal(p.note)
	if err != nil {
		panic("productimg: a note does not marshal: " + err.Error())
	}
	return marshalled
}

// scanned passes everything read from src to a scanner.
type scanned struct {
	src  io.Reader
	scan picture.Scanner
}

func (s *scanned) Read(p []byte) (int, error) {
	n, err := s.src.Read(p)
	s.scan.Scan(p[:n])
	return n, err
}

// openedSource also closes its source.
type openedSource struct {
	*checked
	io.Closer
}
