package convert_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

var (
	transparent = color.NRGBA{}
	red         = color.NRGBA{220, 30, 40, 255}
	blue        = color.NRGBA{30, 60, 220, 255}
	yellow      = color.NRGBA{250, 220, 40, 255}
)

// disc draws a disc that fills a transparent picture, with a square in its middle.
func disc(width, height int, outer, inner color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			dx, dy := float64(2*x+1-width)/float64(width), float64(2*y+1-height)/float64(height)
			switch {
			case dx > -0.3 && dx < 0.3 && dy > -0.3 && dy < 0.3:
				img.SetNRGBA(x, y, inner)
			case dx*dx+dy*dy < 1:
				img.SetNRGBA(x, y, outer)
			}
		}
	}
	return img
}

// photo returns a picture full of detail. noise returns random pixels, including transparency.
func photo(width, height int) *image.NRGBA {
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := random.IntN(120)
			img.SetNRGBA(x, y, color.NRGBA{uint8(x*130/width + v), uint8(y*130/height + v), uint8(random.IntN(250)), 255})
		}
	}
	return img
}

func noise(width, height int) *image.NRGBA {
	random := rand.NewChaCha8([32]byte{1})
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	_, _ = random.Read(img.Pix)
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}))
	return out.Bytes()
}

// gifOf returns an animation of a square that wanders over a yellow background. After the first
// frame only the square's surroundings are drawn. delay is in hundredths of a second.
func gifOf(t testing.TB, side, frames, delay int, disposal byte) []byte {
	t.Helper()
	palette := color.Palette{transparent, yellow, red}
	anim := gif.GIF{Config: image.Config{Width: side, Height: side}}
	for i := range frames {
		area := image.Rect(0, 0, side, side)
		if i > 0 && disposal == gif.DisposalPrevious {
			area = image.Rect(i*side/frames, 0, side, side/4)
		}
		img := image.NewPaletted(area, palette)
		for y := area.Min.Y; y < area.Max.Y; y++ {
			for x := area.Min.X; x < area.Max.X; x++ {
				switch from := i * side / frames; {
				case i > 0 && y < side/4 && x >= from && x < from+side/4:
					img.SetColorIndex(x, y, 2)
				case disposal != gif.DisposalPrevious || i == 0:
					img.SetColorIndex(x, y, 1)
				}
			}
		}
		anim.Image, anim.Delay, anim.Disposal = append(anim.Image, img), append(anim.Delay, delay), append(anim.Disposal, disposal)
	}
	if disposal == gif.DisposalPrevious {
		anim.Disposal[0] = gif.DisposalNone
	}
	var out bytes.Buffer
	require.NoError(t, gif.EncodeAll(&out, &anim))
	return out.Bytes()
}

// requireSticker checks webp with our own rules and with libwebp.
func requireSticker(t testing.TB, webp []byte) *webpfile.File {
	t.Helper()
	pack := stickerpack.Pack{ID: "id", Name: "name", Stickers: []stickerpack.Sticker{{WebP: webp}}}
	require.NoError(t, pack.Validate())
	file, err := webpfile.Parse(bytes.NewReader(webp), int64(len(webp)))
	require.NoError(t, err)
	if file.Animated {
		require.LessOrEqual(t, len(webp), 500_000)
	} else {
		require.LessOrEqual(t, len(webp), 100_000)
	}
	requireAccepted(t, webp, file.Animated)
	return file
}

// requireAccepted checks webp with the tools of Debian's package webp, if they are installed. In CI
// they must be.
func requireAccepted(t testing.TB, webp []byte, animated bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sticker.webp")
	require.NoError(t, os.WriteFile(path, webp, 0o600))
	tools := [][]string{{"webpinfo", path}, {"dwebp", path, "-pam", "-o", os.DevNull}}
	if animated {
		tools = tools[:1] // dwebp cannot read animations
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool[0]); err != nil && os.Getenv("CI") != "true" {
			continue
		}
		out, err := exec.Command(tool[0], tool[1:]...).CombinedOutput()
		require.NoError(t, err, "%s: %s", tool[0], out)
		if tool[0] == "webpinfo" {
			require.Contains(t, string(out), "No error detected")
			require.NotContains(t, strings.ToLower(string(out)), "warning")
		}
	}
}

// framesOf decodes all frames.
func framesOf(t testing.TB, webp []byte) []*image.RGBA {
	t.Helper()
	pic, err := picture.Open(t.Context(), bytes.NewReader(webp), int64(len(webp)), picture.Limits{})
	require.NoError(t, err)
	var frames []*image.RGBA
	for frame, err := range pic.All(t.Context()) {
		require.NoError(t, err)
		shown := image.NewRGBA(frame.Image.Bounds())
		draw.Draw(shown, shown.Rect, frame.Image, shown.Rect.Min, draw.Src)
		frames = append(frames, shown)
	}
	return frames
}

func framesOfSticker(t testing.TB, webp []byte) []*image.RGBA {
	t.Helper()
	requireSticker(t, webp)
	return framesOf(t, webp)
}

// requireColour checks a pixel with a tolerance for lossy encoding.
func requireColour(t testing.TB, want color.Color, img image.Image, x, y int) {
	t.Helper()
	w, g := color.NRGBAModel.Convert(want).(color.NRGBA), color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	require.Equal(t, w.A, g.A, "alpha at %d,%d", x, y)
	for _, c := range [][2]uint8{{w.R, g.R}, {w.G, g.G}, {w.B, g.B}} {
		require.InDelta(t, c[0], c[1], 12, "%v at %d,%d, not %v", g, x, y, w)
	}
}
