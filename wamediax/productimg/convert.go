package productimg

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
)

// maxFileBytes limits the file size of a picture to convert.
const maxFileBytes = 256 << 20

// convert converts a picture to an upright JPEG within the limits of the settings.
func (s *settings) convert(ctx context.Context, src io.Reader) (jpg io.Reader, width, height int, err error) {
	file, err := picture.SpoolAll(ctx, src, maxFileBytes)
	if err != nil {
		return nil, 0, 0, err
	}
	defer file.Close()
	return s.toJPEG(ctx, file)
}

func (s *settings) toJPEG(ctx context.Context, file *spool.Spool) (jpg io.Reader, width, height int, err error) {
	pic, err := picture.Open(ctx, file, file.Size(), picture.Limits{Pixels: s.maxPixels, Memory: s.maxMemory})
	if err != nil {
		return nil, 0, 0, err
	}
	size := pic.Upright()
	if s.maxSide > 0 {
		size = picture.Fit(size, s.maxSide)
	}
	memory := pic.Memory(size) + 4*int64(size.X)*int64(size.Y)
	if memory > s.maxMemory {
		return nil, 0, 0, fmt.Errorf("%w: converting this %d×%d picture takes %d MiB of memory, limit is %d MiB",
			ErrTooManyPixels, pic.Width, pic.Height, (memory+1<<20-1)>>20, s.maxMemory>>20)
	}
	if s.converting.Acquire(ctx, memory) != nil {
		return nil, 0, 0, context.Cause(ctx)
	}
	defer s.converting.Release(memory)
	img, err := pic.Decode(ctx, size)
	if err != nil {
		return nil, 0, 0, err
	}
	canvas, err := picture.OnWhite(ctx, img, size)
	if err != nil {
		return nil, 0, 0, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, canvas, &jpeg.Options{Quality: s.quality}); err != nil {
		return nil, 0, 0, fmt.Errorf("failed to encode JPEG: %w", err)
	}
	return &out, size.X, size.Y, nil
}
