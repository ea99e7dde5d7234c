// Package bitmap reads BMP and TIFF pictures, which WhatsApp sends as
// documents. It limits the time and memory of golang.org/x/image/bmp and tiff.
package bitmap

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

const (
	// Budget is the most bytes that are read of a file.
	Budget = 256 << 20

	// maxPixels bounds memory: TIFF takes up to 8 bytes for each.
	maxPixels = 24 << 20

	// maxEntries and maxValues limit a TIFF directory: the decoder keeps all values, 8 bytes each.
	maxEntries, maxValues = 256, 1 << 16
)

// Picture is a BMP or TIFF within the limits. Use Open.
type Picture struct {
	size        image.Point // as stored
	orientation picture.Orientation
	src         *bounded.Reader
	decode      func(io.Reader) (image.Image, error)
}

// Open reads the header. The errors wrap picture.ErrFormat and
// picture.ErrTooLarge.
func Open(src *bounded.Reader) (*Picture, error) {
	p := &Picture{src: src, orientation: picture.Upright, decode: bmp.Decode}
	readConfig := bmp.DecodeConfig
	head, err := src.Range(0, 8)
	if err != nil {
		return nil, err
	}
	if len(head) < 8 || string(head[:2]) != "BM" {
		readConfig, p.decode = tiff.DecodeConfig, tiff.Decode
		if err := p.checkDirectory(head); err != nil {
			return nil, err
		}
	}
	config, err := readConfig(src.Section(0))
	if err != nil {
		return nil, p.explain(err)
	}
	p.size = image.Pt(config.Width, config.Height)
	if config.Width < 1 || config.Height < 1 {
		return nil, fmt.Errorf("%w: no pixels", picture.ErrFormat)
	}
	if int64(config.Width)*int64(config.Height) > maxPixels {
		return nil, fmt.Errorf("%w: picture is %d×%d pixels, limit is %d",
			picture.ErrTooLarge, config.Width, config.Height, maxPixels)
	}
	return p, nil
}

// checkDirectory reads the orientation and rejects directories larger than any
// picture needs.
func (p *Picture) checkDirectory(head []byte) error {
	var order binary.ByteOrder = binary.BigEndian
	if len(head) < 8 {
		return picture.ErrTruncated
	}
	if head[0] == 'I' {
		order = binary.LittleEndian
	}
	const entrySize = 12
	at := int64(order.Uint32(head[4:]))
	directory, err := p.src.Range(at, 2+maxEntries*entrySize)
	if err != nil {
		return err
	}
	if len(directory) < 2 {
		return picture.ErrTruncated
	}
	count := int(order.Uint16(directory))
	if count > maxEntries || 2+count*entrySize > len(directory) {
		return fmt.Errorf("%w: TIFF directory has %d entries", picture.ErrFormat, count)
	}
	for i := range count {
		if n := order.Uint32(directory[2+i*entrySize+4:]); n > maxValues && order.Uint16(directory[2+i*entrySize:]) < 0x8000 {
			return fmt.Errorf("%w: TIFF directory has an entry with %d values", picture.ErrFormat, n)
		}
	}
	small := append([]byte(nil), head...)
	order.PutUint32(small[4:], 8)
	p.orientation = picture.TIFFOrientation(append(small, directory...))
	return nil
}

// Size returns the upright picture's size in pixels.
func (p *Picture) Size() image.Point { return p.orientation.Upright(p.size) }

// Decode returns the picture upright, and halved as picture.Picture.Decode does.
func (p *Picture) Decode(ctx context.Context, atLeast image.Point) (image.Image, error) {
	img, err := p.decode(p.src.Section(0))
	if err != nil {
		return nil, p.explain(err)
	}
	img, err = picture.Halve(ctx, img, p.orientation.Upright(atLeast))
	if err != nil {
		return nil, err
	}
	return p.orientation.Turn(ctx, img)
}

// explain maps a decoder's errors to those of package picture.
func (p *Picture) explain(err error) error {
	switch {
	case p.src.Err() != nil:
		return p.src.Err()
	case errors.Is(err, bounded.ErrTooMuch):
		return fmt.Errorf("%w: %w", picture.ErrTooLarge, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return picture.ErrTruncated
	}
	return fmt.Errorf("%w: %w", picture.ErrFormat, err)
}
