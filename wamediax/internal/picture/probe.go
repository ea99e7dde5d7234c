package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"time"
)

// Format is the MIME type of a picture.
type Format string

const (
	JPEG Format = "image/jpeg"
	PNG  Format = "image/png"
	GIF  Format = "image/gif"
	WebP Format = "image/webp"
)

// Info describes a picture, from its headers.
type Info struct {
	Format        Format
	Width, Height int           // in pixels, as stored
	Orientation   Orientation   // how to turn the stored pixels; [Upright] except for JPEG
	Frames        int           // 1 for a still. Counting stops just above the limit.
	Duration      time.Duration // of all frames, as browsers show them; 0 for a still

	memory      int64 // bytes that decoding needs, without the file itself
	framePixels int64 // pixels of all frames together
}

// Upright returns the size of the upright picture.
func (i Info) Upright() image.Point { return i.Orientation.Upright(image.Pt(i.Width, i.Height)) }

// Memory returns the peak memory of [Picture.Decode] in bytes, without the file itself.
func (i Info) Memory(atLeast image.Point) int64 {
	size, atLeast := image.Pt(i.Width, i.Height), i.Orientation.Upright(atLeast)
	bytes := i.memory
	for canHalve(size, atLeast) {
		size = half(size, atLeast)
		bytes += 4 * int64(size.X) * int64(size.Y)
	}
	if i.Orientation != Upright {
		bytes += 4 * int64(size.X) * int64(size.Y)
	}
	return bytes
}

// magicSize is the number of bytes that identify a format.
const magicSize = 12

// FormatOf returns the format of a file from its first 12 bytes, or "" if they match none.
func FormatOf(head []byte) Format {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return GIF
	case len(head) >= magicSize && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return WebP
	}
	return ""
}

// Probe reads the headers of src, which has size bytes, and decodes nothing. It reads little of a
// still picture, but walks through an animation to count its frames. The error wraps [ErrFormat],
// [ErrTruncated], src's error or ctx's cause.
func Probe(ctx context.Context, src io.ReaderAt, size int64) (Info, error) {
	return probe(ctx, src, size, Limits{}.withDefaults())
}

func probe(ctx context.Context, src io.ReaderAt, size int64, limits Limits) (Info, error) {
	if ctx.Err() != nil {
		return Info{}, context.Cause(ctx)
	}
	file := &guarded{ctx: ctx, src: src}
	info, err := probeFormat(file, size, limits)
	return info, file.explain(err)
}

func probeFormat(src io.ReaderAt, size int64, limits Limits) (Info, error) {
	if size == 0 {
		return Info{}, fmt.Errorf("%w: file is empty", ErrTruncated)
	}
	head := make([]byte, min(size, magicSize))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return Info{}, err
	}
	switch FormatOf(head) {
	case JPEG:
		return probeJPEG(src, size)
	case PNG:
		return probePNG(io.NewSectionReader(src, 0, size))
	case GIF:
		return probeGIF(src, size, limits)
	case WebP:
		return probeWebP(src, size)
	default:
		return Info{}, fmt.Errorf("%w: file does not begin like a JPEG, PNG, GIF or WebP", ErrFormat)
	}
}

// ParseHead parses the header of a still picture from the first bytes of its file. [ErrTruncated]
// means that it needs more of them. It does not count frames: an animated WebP is reported as one
// picture of the canvas's size.
func ParseHead(head []byte) (Info, error) {
	info, err := parseHead(head)
	return info, (&guarded{}).explain(err)
}

func parseHead(head []byte) (Info, error) {
	switch FormatOf(head) {
	case JPEG:
		scan := &JPEGScanner{}
		scan.Scan(head)
		return scan.info()
	case PNG:
		return probePNG(bytes.NewReader(head))
	case WebP:
		return parseWebPHead(head)
	case GIF:
		return parseGIFHead(head)
	}
	if len(head) < magicSize {
		return Info{}, ErrTruncated
	}
	return Info{}, fmt.Errorf("%w: file does not begin like a JPEG, PNG, GIF or WebP", ErrFormat)
}
