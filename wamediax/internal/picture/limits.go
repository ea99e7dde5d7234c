package picture

import (
	"cmp"
	"errors"
	"fmt"
)

var (
	// ErrFormat means that the data is not a JPEG, PNG, GIF or WebP that can be decoded.
	ErrFormat = errors.New("not a picture that can be decoded")
	// ErrTruncated means that the data ends before the picture does. It wraps [ErrFormat].
	ErrTruncated = fmt.Errorf("%w: file is truncated", ErrFormat)
	// ErrTooLarge means that decoding the picture would exceed [Limits].
	ErrTooLarge = errors.New("picture is too large")
)

// Limits limits the cost of a picture. A field that is 0 has its default, which is the number in
// its comment.
type Limits struct {
	Pixels int64 // width times height; 64 Mi
	Side   int   // the longer side, in pixels; 65535
	// peak bytes of decoding, halving and turning, without the file itself; 192 MiB
	Memory      int64
	Frames      int   // of an animation; 65536
	FramePixels int64 // of all frames of an animation together; 512 Mi
}

// DefaultMemory is the default of [Limits].Memory, in bytes. With it, a process that decodes one
// picture at a time can stay below 256 MiB. For one picture after the other it also needs
// [runtime/debug.SetMemoryLimit]: otherwise the garbage of the last picture may still be in memory
// when the next one is decoded.
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

// check returns ErrTooLarge if decoding a picture with this header would exceed the limits.
func (l Limits) check(info Info) error {
	pixels := int64(info.Width) * int64(info.Height)
	switch {
	case max(info.Width, info.Height) > l.Side:
		return fmt.Errorf("%w: picture is %d×%d pixels, limit of a side is %d", ErrTooLarge, info.Width, info.Height, l.Side)
	case pixels > l.Pixels:
		return fmt.Errorf("%w: picture is %d×%d pixels, limit is %d", ErrTooLarge, info.Width, info.Height, l.Pixels)
	case info.Frames > l.Frames:
		return fmt.Errorf("%w: animation has more than %d frames", ErrTooLarge, l.Frames)
	case info.Frames > 1 && info.framePixels > l.FramePixels:
		return fmt.Errorf("%w: animation has %d frames of %d pixels together, limit is %d", ErrTooLarge, info.Frames, info.framePixels, l.FramePixels)
	}
	return l.checkMemory(info, info.memory)
}

func (l Limits) checkMemory(info Info, bytes int64) error {
	if bytes > l.Memory {
		return fmt.Errorf("%w: decoding %d×%d pixels of this kind takes %d MiB, limit is %d MiB",
			ErrTooLarge, info.Width, info.Height, (bytes+1<<20-1)>>20, l.Memory>>20)
	}
	return nil
}
