package picture

import (
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"iter"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
)

func probeWebP(src io.ReaderAt, size int64) (Info, error) {
	file, err := webpfile.Parse(src, size)
	if err != nil {
		return Info{}, err
	}
	info := Info{Format: WebP, Width: file.Width, Height: file.Height, Orientation: Upright, Frames: len(file.Frames)}
	var times timing
	for _, frame := range file.Frames {
		if file.Animated {
			times.add(frame.Duration)
		}
		info.framePixels += int64(frame.Width) * int64(frame.Height)
		info.memory = max(info.memory, webpMemory(frame))
	}
	info.Duration = times.end
	if file.Animated {
		info.memory += 4 * int64(file.Width) * int64(file.Height) // the canvas
	}
	return info, nil
}

// webpMemory returns the bytes that decoding a frame with golang.org/x/image/webp and correcting
// its colours needs.
func webpMemory(frame webpfile.Frame) int64 {
	pixels := int64(frame.Width) * int64(frame.Height)
	picture, alpha := frame.Bytes()
	if frame.Lossless {
		return 8*pixels + prefixCodes(picture)
	}
	lossy := picture + pixels*3/2 + 4*pixels
	if alpha == 0 {
		return lossy
	}
	return max(lossy+pixels, 9*pixels+prefixCodes(alpha))
}

// prefixCodes returns the most memory that the prefix codes of a lossless picture of this many
// bytes can need: golang.org/x/image/vp8l allows 2600 groups of five codes. A group has at least 20
// bits in the file and takes up to 50 KiB.
func prefixCodes(size int64) int64 { return min(1100*size, 2600*50<<10) }

// parseWebPHead parses the first chunk of a WebP (RFC 9649, 2.5 to 2.7).
func parseWebPHead(head []byte) (Info, error) {
	const first = 12 + 8
	if len(head) < first+10 {
		return Info{}, ErrTruncated
	}
	size, err := webpfile.HeadSize(head)
	if err != nil {
		return Info{}, err
	}
	pixels := int64(size.X) * int64(size.Y)
	return Info{Format: WebP, Width: size.X, Height: size.Y, Orientation: Upright, Frames: 1, framePixels: pixels}, nil
}

// webpFrames decodes the frames of a WebP one after the other.
func (p *Picture) webpFrames(src *guarded) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		file, err := webpfile.Parse(src, p.size)
		if err != nil {
			yield(Frame{}, src.explain(err))
			return
		}
		if !file.Animated {
			img, err := decodeWebP(src, file, file.Frames[0])
			yield(Frame{Image: img}, src.explain(err))
			return
		}
		canvas := image.NewRGBA(image.Rect(0, 0, file.Width, file.Height))
		var times timing
		for i, frame := range file.Frames {
			img, err := decodeWebP(src, file, frame)
			if err != nil {
				yield(Frame{}, fmt.Errorf("frame %d: %w", i, src.explain(err)))
				return
			}
			area := image.Rect(frame.X, frame.Y, frame.X+frame.Width, frame.Y+frame.Height)
			op := draw.Over
			if frame.Replace {
				op = draw.Src
			}
			if err := src.paint(canvas, area, img, img.Bounds().Min, op); err != nil {
				yield(Frame{}, err)
				return
			}
			if !yield(Frame{canvas, times.add(frame.Duration)}, nil) {
				return
			}
			if frame.Dispose {
				draw.Draw(canvas, area, image.Transparent, image.Point{}, draw.Src)
			}
		}
	}
}

func decodeWebP(src *guarded, file *webpfile.File, frame webpfile.Frame) (image.Image, error) {
	img, err := safely(webp.Decode, src.pieces(file.Still(frame)))
	if err != nil {
		return nil, err
	}
	return coloured(img), nil
}

// coloured corrects the colours of a lossy picture from golang.org/x/image/webp. VP8 has luma from
// 16 to 235 (ITU-R BT.601; RFC 6386, section 9.2), but image.YCbCr, as in JPEG, from 0 to 255,
// which makes pictures pale. Other pictures are returned unchanged.
func coloured(img image.Image) image.Image {
	var src *image.YCbCr
	var alpha *image.NYCbCrA
	switch img := img.(type) {
	case *image.YCbCr:
		src = img
	case *image.NYCbCrA:
		src, alpha = &img.YCbCr, img
	default:
		return img
	}
	dst := image.NewNRGBA(src.Rect)
	for y := src.Rect.Min.Y; y < src.Rect.Max.Y; y++ {
		out := dst.Pix[dst.PixOffset(src.Rect.Min.X, y):]
		for x := src.Rect.Min.X; x < src.Rect.Max.X; x++ {
			at := src.COffset(x, y)
			// 298 is 255/219 in 256ths; the other factors likewise
			luma := 298 * (int32(src.Y[src.YOffset(x, y)]) - 16)
			cb, cr := int32(src.Cb[at])-128, int32(src.Cr[at])-128
			out[0] = clamped(luma + 409*cr)
			out[1] = clamped(luma - 100*cb - 208*cr)
			out[2] = clamped(luma + 516*cb)
			out[3] = 255
			if alpha != nil {
				out[3] = alpha.A[alpha.AOffset(x, y)]
			}
			out = out[4:]
		}
	}
	return dst
}

func clamped(v int32) uint8 { return uint8(max(0, min(255, (v+128)>>8))) }

// riffScanner counts up to the length in a WebP file's header.
type riffScanner struct {
	head [8]byte
	read int64
}

func (s *riffScanner) Complete() bool {
	return s.read >= int64(len(s.head)) && s.read-int64(len(s.head)) >= int64(binary.LittleEndian.Uint32(s.head[4:]))
}

func (s *riffScanner) Scan(p []byte) {
	if s.read < int64(len(s.head)) {
		copy(s.head[s.read:], p)
	}
	s.read += int64(len(p))
}
