package preview_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// thumbnailOf decodes a thumbnail and checks WhatsApp's limits.
func thumbnailOf(t testing.TB, data []byte) image.Image {
	require.NotEmpty(t, data)
	require.LessOrEqual(t, len("data:image/jpeg;base64,")+base64.StdEncoding.EncodedLen(len(data)), 20_000)
	img, err := jpeg.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	require.LessOrEqual(t, img.Bounds().Dx(), 100)
	require.LessOrEqual(t, img.Bounds().Dy(), 100)
	return img
}

// distance is the mean difference of two pictures of the same size, per channel, from 0 to 255.
func distance(t testing.TB, a, b image.Image) float64 {
	require.Equal(t, a.Bounds().Size(), b.Bounds().Size())
	var sum float64
	size := a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			ar, ag, ab, _ := a.At(x, y).RGBA()
			br, bg, bb, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(ar) - int(br), int(ag) - int(bg), int(ab) - int(bb)} {
				sum += float64(max(d, -d)) / 257
			}
		}
	}
	return sum / float64(3*size.X*size.Y)
}

func TestThumbnailsAreUpright(t *testing.T) {
	upright := thumbnailOf(t, previewOf(t, read(t, "picture.png")).Thumbnail)
	require.Equal(t, image.Pt(100, 75), upright.Bounds().Size())
	for orientation := 1; orientation <= 8; orientation++ {
		t.Run(fmt.Sprintf("EXIF orientation %d", orientation), func(t *testing.T) {
			p := previewOf(t, read(t, fmt.Sprintf("exif%d.jpg", orientation)))
			require.Equal(t, []int{160, 120, 100, 75}, []int{p.Width, p.Height, p.ThumbnailWidth, p.ThumbnailHeight})
			require.Less(t, distance(t, upright, thumbnailOf(t, p.Thumbnail)), 12.0)
		})
	}
	// Check the measure itself: a mirrored picture has a large distance.
	mirrored := image.NewRGBA(upright.Bounds())
	for y := range 75 {
		for x := range 100 {
			mirrored.Set(99-x, y, upright.At(x, y))
		}
	}
	require.Greater(t, distance(t, upright, mirrored), 40.0)
}

func TestEveryFormatHasTheSameThumbnail(t *testing.T) {
	want := thumbnailOf(t, previewOf(t, read(t, "picture.png")).Thumbnail)
	for _, name := range []string{"picture.gif", "picture.webp", "picture.bmp", "picture.tiff", "turned.tiff", "exif1.jpg", "cover.m4a"} {
		p := previewOf(t, read(t, name))
		require.Less(t, distance(t, want, thumbnailOf(t, p.Thumbnail)), 12.0, name)
		require.Equal(t, []int{100, 75}, []int{p.ThumbnailWidth, p.ThumbnailHeight}, name)
	}
}

func TestTransparencyIsWhite(t *testing.T) {
	img := thumbnailOf(t, previewOf(t, read(t, "transparent.png")).Thumbnail)
	require.Equal(t, image.Pt(60, 40), img.Bounds().Size(), "a small picture keeps its size")
	r, g, b, _ := img.At(30, 20).RGBA()
	require.Equal(t, []uint32{0xffff, 0xffff, 0xffff}, []uint32{r, g, b})
}

func noise(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(random.Uint32()) | 1
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

func TestThumbnailLowersTheQualityUntilItFits(t *testing.T) {
	img := noise(100, 100)
	good, err := preview.Thumbnail(img, 100, 1<<20)
	require.NoError(t, err)
	small, err := preview.Thumbnail(img, 100, 3000)
	require.NoError(t, err)
	require.LessOrEqual(t, len(small), 3000)
	require.Greater(t, len(good), 3000)
	_, err = preview.Thumbnail(img, 100, 500)
	require.ErrorIs(t, err, preview.ErrTooDetailed)
}

func TestThumbnailKeepsTheShape(t *testing.T) {
	for name, test := range map[string]struct {
		w, h, edge int
		want       image.Point
	}{
		"a wide picture":             {400, 300, 100, image.Pt(100, 75)},
		"a tall picture":             {300, 400, 480, image.Pt(300, 400)},
		"a line keeps one pixel":     {3000, 2, 100, image.Pt(100, 1)},
		"a small one is not scaled":  {7, 5, 100, image.Pt(7, 5)},
		"an edge of 480 for uploads": {1000, 500, 480, image.Pt(480, 240)},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := preview.Thumbnail(image.NewGray(image.Rect(0, 0, test.w, test.h)), test.edge, 1<<20)
			require.NoError(t, err)
			config, err := jpeg.DecodeConfig(bytes.NewReader(data))
			require.NoError(t, err)
			require.Equal(t, test.want, image.Pt(config.Width, config.Height))
		})
	}
}

// TestScalingAveragesPixels: a checkerboard of single pixels becomes grey. Nearest neighbour would
// leave it black or white.
func TestScalingAveragesPixels(t *testing.T) {
	board := image.NewGray(image.Rect(0, 0, 1000, 700))
	for i := range board.Pix {
		board.Pix[i] = byte(255 * ((i%1000 + i/1000) % 2))
	}
	data, err := preview.Thumbnail(board, 100, 1<<20)
	require.NoError(t, err)
	img := thumbnailOf(t, data)
	for _, at := range []image.Point{{10, 10}, {50, 35}, {93, 61}} {
		require.InDelta(t, 127, color.GrayModel.Convert(img.At(at.X, at.Y)).(color.Gray).Y, 6, at)
	}
}

func TestThumbnailOfNothingIsAnError(t *testing.T) {
	for name, img := range map[string]image.Image{"nil": nil, "no pixels": image.NewGray(image.Rectangle{})} {
		_, err := preview.Thumbnail(img, 100, 1000)
		require.ErrorContains(t, err, "no pixels", name)
	}
	_, err := preview.Thumbnail(noise(2, 2), 0, 1000)
	require.Error(t, err)
}
