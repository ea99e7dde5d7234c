package convert

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"iter"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
)

// source is a picture or an animation whose headers promise nothing that is too much.
type source struct {
	size     image.Point
	duration time.Duration // of all frames, as they are shown
	frames   iter.Seq2[shown, error]
}

// shown is what is seen from one time on. The image changes when the next one is asked for.
type shown struct {
	img  image.Image
	from time.Duration
}

// first returns the first frame.
func (s *source) first() (image.Image, error) {
	for frame, err := range s.frames {
		return frame.img, err
	}
	return nil, fmt.Errorf("%w: it has no frames", ErrFormat)
}

// open looks at data's headers. Nothing is decoded before its size is known to be within bounds.
func open(data []byte, s *settings) (*source, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		return openStill(data, s, png.DecodeConfig, png.Decode)
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		return openStill(data, s, jpeg.DecodeConfig, decodeUpright)
	case bytes.HasPrefix(data, []byte("GIF8")):
		return openGIF(data, s)
	case bytes.HasPrefix(data, []byte("RIFF")):
		return openWebP(data, s)
	default:
		return nil, fmt.Errorf("%w: it begins like none of PNG, JPEG, GIF and WebP", ErrFormat)
	}
}

// checkSize says whether a picture of this size may be decoded.
func (s *settings) checkSize(width, height int) error {
	if width < 1 || height < 1 {
		return fmt.Errorf("%w: it is empty", ErrFormat)
	}
	if width > maxSide || height > maxSide || int64(width)*int64(height) > s.maxPixels {
		return fmt.Errorf("%w: it has %d×%d pixels", ErrTooLarge, width, height)
	}
	return nil
}

type (
	configDecoder = func(r reader) (image.Config, error)
	imageDecoder  = func(r reader) (image.Image, error)
)

func openStill(data []byte, s *settings, config configDecoder, decode imageDecoder) (*source, error) {
	promised, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := s.checkSize(promised.Width, promised.Height); err != nil {
		return nil, err
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &source{
		size:   img.Bounds().Size(),
		frames: func(yield func(shown, error) bool) { yield(shown{img, 0}, nil) },
	}, nil
}

// decodeUpright decodes a JPEG and turns it as its camera says: most phones store photos as the sensor lies, and note how it
// was held.
func decodeUpright(r reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	turn := picture.OrientationOf(data)
	if turn == picture.Upright {
		return img, nil
	}
	src := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(src, src.Rect, img, img.Bounds().Min, draw.Src)
	return turn.Apply(src), nil
}

func openWebP(data []byte, s *settings) (*source, error) {
	file, err := webpfile.Parse(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := s.checkSize(file.Width, file.Height); err != nil {
		return nil, err
	}
	var times timing
	for _, frame := range file.Frames {
		times.add(frame.Duration, frame.Width, frame.Height)
	}
	if err := times.check(file.Width, file.Height); err != nil {
		return nil, err
	}
	return &source{
		size:     image.Pt(file.Width, file.Height),
		duration: times.end,
		frames: func(yield func(shown, error) bool) {
			canvas := file.Canvas()
			for i, frame := range file.Frames {
				if err := canvas.Draw(frame); err != nil {
					yield(shown{}, fmt.Errorf("%w: frame %d: %w", ErrFormat, i, err))
					return
				}
				if !yield(shown{canvas.Image, times.starts[i]}, nil) {
					return
				}
			}
		},
	}, nil
}

// timing is when the frames of an animation are shown.
type timing struct {
	starts []time.Duration
	end    time.Duration
	pixels int64
}

// add adds a frame of this duration and size. Frames of up to 10 ms are shown for 100, as browsers do it: their authors did
// not set a time.
func (t *timing) add(duration time.Duration, width, height int) {
	if duration <= 10*time.Millisecond {
		duration = 100 * time.Millisecond
	}
	t.starts = append(t.starts, t.end)
	t.end += duration
	t.pixels += int64(width) * int64(height)
}

// check says whether so many frames may be decoded, put on a canvas of this size and scaled.
func (t *timing) check(width, height int) error {
	scaled := int64(min(len(t.starts), int(maxDuration/shortest))) * int64(width) * int64(height)
	if work := max(t.pixels, scaled); len(t.starts) > 1 && work > maxAnimationPixels {
		return fmt.Errorf("%w: its frames have %d pixels", ErrTooLarge, work)
	}
	return nil
}
