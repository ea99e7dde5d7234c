package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"io"
	"iter"
	"time"
)

// gifWalk walks through the blocks of a GIF (GIF89a, sections 17 to 27). It decodes nothing and
// stores no frames, since a small file can have any number of them.
type gifWalk struct {
	src           *bufio.Reader
	offset        int64
	width, height int
	headEnd       int64 // end of the size and the global colours
	next          int64 // offset of the next frame's blocks
	frames        int
	scratch       [9]byte
}

type gifFrame struct {
	start, end int64 // of its control extension, header, colours and picture
	duration   time.Duration
	disposal   byte
	area       image.Rectangle
}

// newGIFWalk reads the header.
func newGIFWalk(src io.ReaderAt, size int64) (*gifWalk, error) {
	w := &gifWalk{src: bufio.NewReaderSize(io.NewSectionReader(src, 0, size), 64<<10)}
	var header [13]byte
	if err := w.read(header[:]); err != nil {
		return nil, err
	}
	w.width, w.height = u16(header[6:]), u16(header[8:])
	if err := w.colours(header[10]); err != nil {
		return nil, err
	}
	if w.width == 0 || w.height == 0 {
		return nil, fmt.Errorf("%w: GIF is %d×%d pixels", ErrFormat, w.width, w.height)
	}
	w.headEnd, w.next = w.offset, w.offset
	return w, nil
}

const (
	extension      = 0x21
	graphicControl = 0xF9
	imageHeader    = 0x2C
	trailer        = 0x3B
)

// frame returns the next frame, or [io.EOF] after the last one. Like browsers, it accepts a file
// that ends between two frames without a trailer.
func (w *gifWalk) frame() (gifFrame, error) {
	frame := gifFrame{start: w.next}
	for {
		at := w.offset
		kind, err := w.byte()
		if err == io.ErrUnexpectedEOF {
			return gifFrame{}, w.end()
		} else if err != nil {
			return gifFrame{}, err
		}
		switch kind {
		case trailer:
			return gifFrame{}, w.end()
		case extension:
			var label byte
			if label, err = w.byte(); err == nil && label == graphicControl {
				frame.start = at
				err = w.control(&frame)
			} else if err == nil {
				err = w.blocks()
			}
			if err == io.ErrUnexpectedEOF {
				return gifFrame{}, w.end()
			}
		case imageHeader:
			if err := w.image(&frame); err != nil {
				return gifFrame{}, err
			}
			frame.end, w.next = w.offset, w.offset
			w.frames++
			return frame, nil
		default:
			return gifFrame{}, fmt.Errorf("%w: GIF has an unknown block %#x", ErrFormat, kind)
		}
		if err != nil {
			return gifFrame{}, err
		}
	}
}

// end returns the error after the last frame.
func (w *gifWalk) end() error {
	if w.frames == 0 {
		return io.ErrUnexpectedEOF
	}
	return io.EOF
}

// control reads a graphic control extension, which describes the next frame.
func (w *gifWalk) control(frame *gifFrame) error {
	size, err := w.byte()
	if err != nil || size == 0 {
		return err
	}
	body := make([]byte, size)
	if err := w.read(body); err != nil {
		return err
	}
	if len(body) == 4 {
		frame.disposal = body[0] >> 2 & 7
		frame.duration = time.Duration(u16(body[1:])) * 10 * time.Millisecond
	}
	return w.blocks()
}

// image reads a frame's header and skips its colours and picture.
func (w *gifWalk) image(frame *gifFrame) error {
	h := w.scratch[:9]
	if err := w.read(h); err != nil {
		return err
	}
	left, top := u16(h[0:]), u16(h[2:])
	frame.area = image.Rect(left, top, left+u16(h[4:]), top+u16(h[6:]))
	if !frame.area.In(image.Rect(0, 0, w.width, w.height)) {
		return fmt.Errorf("%w: GIF frame %d extends beyond the picture", ErrFormat, w.frames)
	}
	if err := w.colours(h[8]); err != nil {
		return err
	}
	if err := w.skip(1); err != nil { // the code size
		return err
	}
	return w.blocks()
}

// read fills p. At the end of the file it returns [io.ErrUnexpectedEOF].
func (w *gifWalk) read(p []byte) error {
	n, err := io.ReadFull(w.src, p)
	w.offset += int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (w *gifWalk) byte() (byte, error) {
	b, err := w.src.ReadByte()
	if err == io.EOF {
		return 0, io.ErrUnexpectedEOF
	}
	w.offset++
	return b, err
}

func (w *gifWalk) skip(n int) error {
	skipped, err := w.src.Discard(n)
	w.offset += int64(skipped)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// colours skips a colour table if flags has one.
func (w *gifWalk) colours(flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	return w.skip(3 << (1 + flags&7))
}

// blocks skips sub-blocks up to the empty one.
func (w *gifWalk) blocks() error {
	for {
		size, err := w.byte()
		if err != nil || size == 0 {
			return err
		}
		if err := w.skip(int(size)); err != nil {
			return err
		}
	}
}

func u16(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }

func probeGIF(src io.ReaderAt, size int64, limits Limits) (Info, error) {
	walk, err := newGIFWalk(src, size)
	if err != nil {
		return Info{}, err
	}
	info := gifInfo(walk)
	var times timing
	keepsOld := false
	for info.Frames <= limits.Frames {
		frame, err := walk.frame()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Info{}, err
		}
		info.Frames++
		info.framePixels += int64(frame.area.Dx()) * int64(frame.area.Dy())
		times.add(frame.duration)
		keepsOld = keepsOld || frame.disposal == gif.DisposalPrevious
	}
	pixels := int64(walk.width) * int64(walk.height)
	info.memory = (1 + 4) * pixels // a frame and the canvas
	if info.Frames > 1 {
		info.Duration = times.end
		if keepsOld {
			info.memory += 4 * pixels
		}
	}
	return info, nil
}

func gifInfo(walk *gifWalk) Info {
	return Info{Format: GIF, Width: walk.width, Height: walk.height, Orientation: Upright}
}

func parseGIFHead(head []byte) (Info, error) {
	walk, err := newGIFWalk(bytes.NewReader(head), int64(len(head)))
	if err != nil {
		return Info{}, err
	}
	info := gifInfo(walk)
	info.Frames = 1
	return info, nil
}

// gifFrames decodes the frames of a GIF one at a time. image/gif would keep all of them in memory.
func (p *Picture) gifFrames(src *guarded) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		walk, err := newGIFWalk(src, p.size)
		if err != nil {
			yield(Frame{}, src.explain(err))
			return
		}
		canvas := image.NewRGBA(image.Rect(0, 0, walk.width, walk.height))
		var times timing
		var spare []uint8 // reused for what frames cover, which can be as large as the canvas
		for {
			frame, err := walk.frame()
			if err == io.EOF {
				return
			}
			var under *image.RGBA
			if err == nil {
				under, err = drawGIF(canvas, src, walk.headEnd, frame, &spare)
			}
			if err != nil {
				yield(Frame{}, fmt.Errorf("frame %d: %w", walk.frames, src.explain(err)))
				return
			}
			if !yield(Frame{canvas, times.add(frame.duration)}, nil) {
				return
			}
			switch {
			case under != nil:
				draw.Draw(canvas, frame.area, under, frame.area.Min, draw.Src)
			case frame.disposal == gif.DisposalBackground:
				draw.Draw(canvas, frame.area, image.Transparent, image.Point{}, draw.Src)
			}
		}
	}
}

// drawGIF decodes frame onto canvas. under is what the frame covers if that must be restored after
// it. It uses spare, which grows as needed.
func drawGIF(canvas *image.RGBA, src *guarded, headEnd int64, frame gifFrame, spare *[]uint8) (under *image.RGBA, err error) {
	img, err := safely(gif.Decode, src.pieces(io.MultiReader(
		io.NewSectionReader(src, 0, headEnd),
		io.NewSectionReader(src, frame.start, frame.end-frame.start),
		bytes.NewReader([]byte{trailer}),
	)))
	if err != nil {
		return nil, err
	}
	if frame.disposal == gif.DisposalPrevious {
		stride := 4 * frame.area.Dx()
		if size := stride * frame.area.Dy(); cap(*spare) < size {
			*spare = make([]uint8, size)
		}
		under = &image.RGBA{Pix: (*spare)[:stride*frame.area.Dy()], Stride: stride, Rect: frame.area}
		if err := src.paint(under, frame.area, canvas, frame.area.Min, draw.Src); err != nil {
			return nil, err
		}
	}
	return under, src.paint(canvas, frame.area, img, frame.area.Min, draw.Over)
}
