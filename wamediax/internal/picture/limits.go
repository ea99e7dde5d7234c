package picture

import (
	"cmp"
	"errors"
	"fmt"
)

var (
	// ErrFormat: the data is not a JPEG, PNG, GIF or WebP that can be decoded.
	ErrFormat = errors.New("not a picture that can be decoded")
	// ErrTruncated: the data ends before the picture does. It is an [ErrFormat] too.
	ErrTruncated = fmt.Errorf("%w: it ends in the middle", ErrFormat)
	// ErrTooLarge: decoding the picture would exceed [Limits].
	ErrTooLarge = errors.New("picture is too large")
)

// Limits bounds what a picture may cost. A zero field has its default.
type Limits struct {
	Pixels      int64 // width times height; 64 Mi
	Side        int   // the longer side, in pixels; 65535
	Memory      int64 // bytes that decoding, halving and turning take at once, without the file itself; 192 MiB
	Frames      int   // of an animation; 65536
	FramePixels int64 // of all frames of an animation together; 512 Mi
}

// DefaultMemory is the default of [Limits].Memory, in bytes. A process that decodes one picture at a time can stay below 256 MiB
// with it. One that decodes many, one after the other, needs a memory limit for that ([runtime/debug.SetMemoryLimit]): without
// one, what the last picture left behind may still be there when the next is decoded.
const DefaultMemory = 192 << 20

func (l Limits) withDefaults() Limits {
	return Limits{
		Pixels:      cmp.Or(l.Pixels, 64<<20),
		Side:        cmp.Or(l.Side, 1<<16-1),
		Memory:      cmp.Or(l.Memory, DefaultMemory),
		Frames:      cmp.Or(l.Frames, 1<<16),
		FramePixels: cmp.Or(l.FramePixels, 1<<29),
	}
}

// check returns an error if decoding a picture with this header would exceed the limits.
func (l Limits) check(info Info) error {
	pixels := int64(info.Width) * int64(info.Height)
	switch {
	case max(info.Width, info.Height) > l.Side:
		return fmt.Errorf("%w: it has %d×%d pixels, a side may have %d", ErrTooLarge, info.Width, info.Height, l.Side)
	case pixels > l.Pixels:
		return fmt.Errorf("%w: it has %d×%d pixels, at most %d are allowed", ErrTooLarge, info.Width, info.Height, l.Pixels)
	case info.Frames > l.Frames:
		return fmt.Errorf("%w: it has more than %d frames", ErrTooLarge, l.Frames)
	case info.Frames > 1 && info.framePixels > l.FramePixels:
		return fmt.Errorf("%w: its %d frames have %d pixels together, at most %d are allowed", ErrTooLarge, info.Frames, info.framePixels, l.FramePixels)
	}
	return l.checkMemory(info, info.memory)
}

func (l Limits) checkMemory(info Info, bytes int64) error {
	if bytes > l.Memory {
		return fmt.Errorf("%w: decoding %d×%d pixels of this kind takes %d MiB, at most %d MiB are allowed",
			ErrTooLarge, info.Width, info.Height, (bytes+1<<20-1)>>20, l.Memory>>20)
	}
	return nil
}
