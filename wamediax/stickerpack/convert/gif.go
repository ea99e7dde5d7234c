package convert

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"io"
	"time"
)

type reader = io.Reader

// gifFile is what the headers of a GIF say. Its frames are decoded one by one: image/gif would decode all of them into
// memory, however many a small file promises.
type gifFile struct {
	head          []byte // up to the first block: size and global colours
	width, height int
	frames        []gifFrame
}

type gifFrame struct {
	blocks   []byte // what describes it: its control extension, its header, its colours and its picture
	duration time.Duration
	disposal byte
	area     image.Rectangle
}

func openGIF(data []byte, s *settings) (*source, error) {
	file, err := parseGIF(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := s.checkSize(file.width, file.height); err != nil {
		return nil, err
	}
	var times timing
	for _, frame := range file.frames {
		times.add(frame.duration, frame.area.Dx(), frame.area.Dy())
	}
	if err := times.check(file.width, file.height); err != nil {
		return nil, err
	}
	return &source{
		size:     image.Pt(file.width, file.height),
		duration: times.end,
		frames: func(yield func(shown, error) bool) {
			canvas := image.NewRGBA(image.Rect(0, 0, file.width, file.height))
			for i, frame := range file.frames {
				under, err := file.draw(canvas, frame)
				if err != nil {
					yield(shown{}, fmt.Errorf("%w: frame %d: %w", ErrFormat, i, err))
					return
				}
				if !yield(shown{canvas, times.starts[i]}, nil) {
					return
				}
				switch {
				case under != nil:
					draw.Draw(canvas, frame.area, under, frame.area.Min, draw.Src)
				case frame.disposal == gif.DisposalBackground:
					draw.Draw(canvas, frame.area, image.Transparent, image.Point{}, draw.Src)
				}
			}
		},
	}, nil
}

// draw decodes frame onto canvas. under is what it covers, if that comes back after it.
func (f *gifFile) draw(canvas *image.RGBA, frame gifFrame) (under *image.RGBA, err error) {
	img, err := gif.Decode(io.MultiReader(bytes.NewReader(f.head), bytes.NewReader(frame.blocks), bytes.NewReader([]byte{trailer})))
	if err != nil {
		return nil, err
	}
	if frame.disposal == gif.DisposalPrevious {
		under = image.NewRGBA(frame.area)
		draw.Draw(under, frame.area, canvas, frame.area.Min, draw.Src)
	}
	draw.Draw(canvas, frame.area, img, frame.area.Min, draw.Over)
	return under, nil
}

const (
	extension      = 0x21
	graphicControl = 0xF9
	imageHeader    = 0x2C
	trailer        = 0x3B
)

// parseGIF walks through the blocks of a GIF (GIF89a, sections 17 to 27). It decodes nothing.
func parseGIF(data []byte) (*gifFile, error) {
	w := gifWalk{data: data}
	header := w.take(13)
	if len(header) < 13 {
		return nil, io.ErrUnexpectedEOF
	}
	file := &gifFile{width: u16(header[6:]), height: u16(header[8:])}
	w.colours(header[10])
	if w.short {
		return nil, io.ErrUnexpectedEOF
	}
	file.head = data[:w.offset]
	next := gifFrame{}
	start := w.offset // of the blocks that belong to the next frame
	for {
		at := w.offset
		kind := w.take(1)
		switch {
		case w.short || kind[0] == trailer:
			if len(file.frames) == 0 {
				return nil, io.ErrUnexpectedEOF
			}
			return file, nil // without a trailer too, as browsers do it
		case kind[0] == extension:
			label := w.take(1)
			if !w.short && label[0] == graphicControl {
				if control := w.take(6); !w.short && control[0] == 4 {
					next.disposal = control[1] >> 2 & 7
					next.duration = time.Duration(u16(control[2:])) * 10 * time.Millisecond
					w.offset-- // the end of its data is read below
				}
				start = at
			}
			w.blocks()
		case kind[0] == imageHeader:
			h := w.take(9)
			if w.short {
				return nil, io.ErrUnexpectedEOF
			}
			left, top := u16(h[0:]), u16(h[2:])
			next.area = image.Rect(left, top, left+u16(h[4:]), top+u16(h[6:]))
			w.colours(h[8])
			w.take(1) // the size of its codes
			w.blocks()
			if w.short {
				return nil, io.ErrUnexpectedEOF
			}
			if !next.area.In(image.Rect(0, 0, file.width, file.height)) {
				return nil, fmt.Errorf("frame %d reaches beyond the picture", len(file.frames))
			}
			next.blocks = data[start:w.offset]
			file.frames = append(file.frames, next)
			next, start = gifFrame{}, w.offset
		default:
			return nil, fmt.Errorf("unknown block %#x", kind[0])
		}
	}
}

type gifWalk struct {
	data   []byte
	offset int
	short  bool // the data has ended
}

// take returns the next n bytes, or fewer at the end.
func (w *gifWalk) take(n int) []byte {
	if w.offset+n > len(w.data) {
		w.short = true
		n = len(w.data) - w.offset
	}
	w.offset += n
	return w.data[w.offset-n : w.offset]
}

// colours skips a table of colours, if flags says that there is one.
func (w *gifWalk) colours(flags byte) {
	if flags&0x80 != 0 {
		w.take(3 << (1 + flags&7))
	}
}

// blocks skips sub-blocks up to the empty one.
func (w *gifWalk) blocks() {
	for !w.short {
		if size := w.take(1); w.short || size[0] == 0 {
			return
		} else {
			w.take(int(size[0]))
		}
	}
}

func u16(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }
