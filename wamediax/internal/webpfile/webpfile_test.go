package webpfile

import (
	"bytes"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
)

func gradient(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 5), uint8(y * 3), uint8(x ^ y), uint8(55 + x + y)})
		}
	}
	return img
}

// small returns the chunks of a small picture.
func small(t *testing.T, w, h int) []byte {
	t.Helper()
	data := webptest.Lossless(gradient(w, h))
	file, err := Parse(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	chunks, err := file.Chunks(file.Frames[0])
	require.NoError(t, err)
	return chunks
}

func TestAnimationIsReadFrameByFrame(t *testing.T) {
	var b Builder
	b.Animation(12, 10)
	frames := []Frame{
		{Width: 12, Height: 10, Duration: 40 * time.Millisecond},
		{X: 4, Y: 2, Width: 3, Height: 5, Duration: 70 * time.Millisecond, Replace: true, Dispose: true},
		{X: 0, Y: 0, Width: 2, Height: 2, Duration: 10 * time.Millisecond},
	}
	for _, frame := range frames {
		b.Frame(frame, small(t, frame.Width, frame.Height))
	}
	data := b.Bytes()
	file, err := Parse(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	require.True(t, file.Animated)
	require.Equal(t, 120*time.Millisecond, file.Duration())
	for i, frame := range file.Frames {
		img, err := webp.Decode(file.Still(frame))
		require.NoError(t, err)
		require.Equal(t, gradient(frame.Width, frame.Height), img)
		frame.picture, frame.alpha, frame.Lossless = chunk{}, chunk{}, false
		require.Equal(t, frames[i], frame)
	}
	path := filepath.Join(t.TempDir(), "x.webp")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	if _, err := exec.LookPath("webpinfo"); err == nil {
		out, err := exec.Command("webpinfo", path).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

func TestBrokenFilesAreErrors(t *testing.T) {
	good := webptest.Lossless(gradient(4, 4))
	patch := func(offset int, with string) []byte {
		data := bytes.Clone(good)
		copy(data[offset:], with)
		return data
	}
	animated := func(build func(*Builder)) []byte {
		var b Builder
		b.Animation(4, 4)
		build(&b)
		return b.Bytes()
	}
	for name, data := range map[string][]byte{
		"nothing":                         nil,
		"a header that is cut off":        good[:11],
		"a picture that is cut off":       good[:40],
		"another RIFF file":               patch(8, "WAVE"),
		"another magic number":            patch(0, "RIFX"),
		"a chunk that claims too much":    patch(16, "\xff\xff\xff\xff"),
		"a signature that is wrong":       patch(20, "\x00"),
		"no picture":                      patch(12, "XXXX"),
		"a VP8 picture that is none":      patch(12, "VP8 "),
		"an animation without frames":     animated(func(*Builder) {}),
		"a frame without a picture":       animated(func(b *Builder) { b.Frame(Frame{Width: 4, Height: 4}, nil) }),
		"a frame of another size":         animated(func(b *Builder) { b.Frame(Frame{Width: 2, Height: 4}, small(t, 4, 4)) }),
		"a frame beyond the canvas":       animated(func(b *Builder) { b.Frame(Frame{X: 2, Width: 4, Height: 4}, small(t, 4, 4)) }),
		"a frame whose header is cut off": animated(func(b *Builder) { b.chunk("ANMF", make([]byte, 15)) }),
		"a canvas that its picture is not": func() []byte {
			var b Builder
			b.extended(0, 5, 4)
			b.body = append(b.body, small(t, 4, 4)...)
			return b.Bytes()
		}(),
		"more chunks than any file has": func() []byte {
			var b Builder
			for range maxChunks + 1 {
				b.chunk("JUNK", nil)
			}
			return b.Bytes()
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(bytes.NewReader(data), int64(len(data)))
			require.ErrorIs(t, err, ErrInvalid)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(webptest.Lossless(gradient(4, 4)))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8 \x0e\x00\x00\x00\x10\x00\x00\x9d\x01\x2a\x01\x00\x01\x00\x00\x00\x00\x00"))
	var b Builder
	b.Animation(4, 4)
	b.Frame(Frame{Width: 4, Height: 4, Duration: time.Second}, webptest.Lossless(gradient(4, 4))[12:])
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			return
		}
		require.NotEmpty(t, file.Frames)
		canvas := image.Rect(0, 0, file.Width, file.Height)
		for _, frame := range file.Frames {
			area := image.Rect(frame.X, frame.Y, frame.X+frame.Width, frame.Y+frame.Height)
			require.False(t, area.Empty())
			require.True(t, area.In(canvas))
		}
		if file.Width*file.Height <= 1<<12 {
			for _, frame := range file.Frames[:min(4, len(file.Frames))] {
				if img, err := webp.Decode(file.Still(frame)); err == nil {
					require.Equal(t, image.Pt(frame.Width, frame.Height), img.Bounds().Size())
				}
			}
		}
	})
}
