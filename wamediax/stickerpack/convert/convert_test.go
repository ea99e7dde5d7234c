package convert_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

func TestEveryFormatBecomesASticker(t *testing.T) {
	slow(t)
	t.Parallel()
	for name, data := range map[string][]byte{
		"a PNG":           pngOf(t, disc(200, 200, red, blue)),
		"a large PNG":     pngOf(t, disc(700, 700, red, blue)),
		"a PNG that fits": pngOf(t, disc(512, 512, red, blue)),
		"a GIF":           gifStill(t),
		"a WebP":          webptest.Lossless(disc(90, 90, red, blue)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			webp, err := convert.Sticker(t.Context(), bytes.NewReader(data))
			require.NoError(t, err)
			img := framesOfSticker(t, webp)[0]
			requireColour(t, transparent, img, 2, 2)
			requireColour(t, transparent, img, 509, 509)
			requireColour(t, blue, img, 256, 256)
			requireColour(t, red, img, 256, 60)
		})
	}
}

func gifStill(t *testing.T) []byte {
	img := image.NewPaletted(image.Rect(0, 0, 100, 100), color.Palette{transparent, red, blue})
	draw.Draw(img, img.Rect, disc(100, 100, red, blue), image.Point{}, draw.Src)
	var out bytes.Buffer
	require.NoError(t, gif.Encode(&out, img, nil))
	return out.Bytes()
}

func TestPictureKeepsItsShape(t *testing.T) {
	slow(t)
	t.Parallel()
	for name, c := range map[string]struct {
		size image.Point
		area image.Rectangle
	}{
		"wide":      {image.Pt(200, 50), image.Rect(0, 192, 512, 320)},
		"tall":      {image.Pt(50, 200), image.Rect(192, 0, 320, 512)},
		"a line":    {image.Pt(1, 1000), image.Rect(255, 0, 256, 512)},
		"one pixel": {image.Pt(1, 1), image.Rect(0, 0, 512, 512)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image.NewNRGBA(image.Rect(0, 0, c.size.X, c.size.Y))
			for i := range img.Pix {
				img.Pix[i] = []byte{red.R, red.G, red.B, 255}[i%4]
			}
			webp, err := convert.Sticker(t.Context(), bytes.NewReader(pngOf(t, img)))
			require.NoError(t, err)
			got := framesOfSticker(t, webp)[0]
			opaque := image.Rectangle{}
			for y := range 512 {
				for x := range 512 {
					if got.RGBAAt(x, y).A > 0 {
						opaque = opaque.Union(image.Rect(x, y, x+1, y+1))
					}
				}
			}
			require.Equal(t, c.area, opaque)
		})
	}
}

func TestPhotoIsRotatedByItsOrientation(t *testing.T) {
	t.Parallel()
	// The upper left quarter of the displayed picture is red.
	for orientation, corner := range map[uint16]image.Point{ // position of that quarter in the file
		1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {0, 1}, 7: {1, 1}, 8: {1, 0},
	} {
		img := image.NewNRGBA(image.Rect(0, 0, 80, 80))
		for y := range 80 {
			for x := range 80 {
				if (image.Point{x / 40, y / 40}) == corner {
					img.SetNRGBA(x, y, red)
				} else {
					img.SetNRGBA(x, y, yellow)
				}
			}
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			icon, err := convert.TrayIcon(t.Context(), bytes.NewReader(withOrientation(jpegOf(t, img), order, orientation)))
			require.NoError(t, err)
			got := decode(t, icon)
			requireColour(t, red, got, 24, 24)
			requireColour(t, yellow, got, 72, 24)
			requireColour(t, yellow, got, 24, 72)
		}
	}
}

func decode(t testing.TB, webp []byte) image.Image {
	t.Helper()
	return framesOf(t, webp)[0]
}

// withOrientation adds EXIF data like a camera's.
func withOrientation(jpeg []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	exif := []byte("Exif\x00\x00II\x2a\x00")
	if order.String() == "BigEndian" {
		exif = []byte("Exif\x00\x00MM\x00\x2a")
	}
	exif = order.AppendUint32(exif, 8)
	exif = order.AppendUint16(exif, 2)
	for _, tag := range [][2]uint16{{0x0100, 80}, {0x0112, orientation}} {
		exif = order.AppendUint16(exif, tag[0])
		exif = order.AppendUint16(exif, 3)
		exif = order.AppendUint32(exif, 1)
		exif = order.AppendUint16(exif, tag[1])
		exif = order.AppendUint16(exif, 0)
	}
	out := append([]byte{0xFF, 0xD8, 0xFF, 0xE1}, binary.BigEndian.AppendUint16(nil, uint16(2+len(exif)))...)
	return append(append(out, exif...), jpeg[2:]...)
}

func TestQualityIsLoweredUntilThePictureFits(t *testing.T) {
	slow(t)
	t.Parallel()
	for name, img := range map[string]*image.NRGBA{"a photo": photo(512, 512), "noise": noise(512, 512)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			webp, err := convert.Sticker(t.Context(), bytes.NewReader(pngOf(t, img)))
			require.NoError(t, err)
			requireSticker(t, webp)
			require.Greater(t, len(webp), 60_000, "quality could be higher")
		})
	}
}

func TestValidStickerIsReturnedUnchanged(t *testing.T) {
	slow(t)
	t.Parallel()
	for name, data := range map[string][]byte{"still": pngOf(t, disc(90, 90, red, blue)), "moving": gifOf(t, 64, 3, 20, gif.DisposalNone)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			once, err := convert.Sticker(t.Context(), bytes.NewReader(data))
			require.NoError(t, err)
			twice, err := convert.Sticker(t.Context(), bytes.NewReader(once))
			require.NoError(t, err)
			require.True(t, bytes.Equal(once, twice))

			damaged := bytes.Clone(once)
			damaged = damaged[:len(damaged)-len(damaged)/3]
			_, err = convert.Sticker(t.Context(), bytes.NewReader(damaged))
			require.ErrorIs(t, err, convert.ErrFormat)
		})
	}
}

func TestAnimatedGIFKeepsItsMotion(t *testing.T) {
	t.Parallel()
	for name, disposal := range map[string]byte{"drawn over": gif.DisposalNone, "cleared": gif.DisposalBackground, "put back": gif.DisposalPrevious} {
		t.Run(name, func(t *testing.T) {
			if disposal != gif.DisposalPrevious { // only one case runs on all cores under the race detector
				slow(t)
			}
			t.Parallel()
			webp, err := convert.Sticker(t.Context(), bytes.NewReader(gifOf(t, 64, 4, 12, disposal)))
			require.NoError(t, err)
			file := requireSticker(t, webp)
			require.Len(t, file.Frames, 4)
			require.Equal(t, 480*time.Millisecond, file.Duration())
			for i, img := range framesOf(t, webp) {
				requireColour(t, yellow, img, 256, 400)
				for column := range 4 {
					want := yellow
					if i > 0 && column == i {
						want = red
					}
					requireColour(t, want, img, 128*column+64, 64)
				}
			}
			require.Less(t, file.Frames[2].Height, 200, "unchanged area encoded again")
		})
	}
}

func TestAnimatedWebPKeepsItsMotion(t *testing.T) {
	slow(t)
	t.Parallel()
	first, err := convert.Sticker(t.Context(), bytes.NewReader(gifOf(t, 64, 3, 30, gif.DisposalNone)))
	require.NoError(t, err)
	file, err := webpfile.Parse(bytes.NewReader(first), int64(len(first)))
	require.NoError(t, err)
	// The same frames on a canvas that is not of a sticker's size.
	var wide webpfile.Builder
	wide.Animation(1024, 512)
	for _, frame := range file.Frames {
		chunks, err := file.Chunks(frame)
		require.NoError(t, err)
		wide.Frame(frame, chunks)
	}
	webp, err := convert.Sticker(t.Context(), bytes.NewReader(wide.Bytes()))
	require.NoError(t, err)
	file = requireSticker(t, webp)
	require.Len(t, file.Frames, 3)
	require.Equal(t, 900*time.Millisecond, file.Duration())
	frames := framesOf(t, webp)
	requireColour(t, transparent, frames[0], 400, 256)
	requireColour(t, transparent, frames[0], 100, 100)
	requireColour(t, yellow, frames[0], 100, 300)
	requireColour(t, red, frames[1], 85+16, 128+16)
}

func TestFramesInQuickSuccessionAreDropped(t *testing.T) {
	slow(t)
	t.Parallel()
	webp, err := convert.Sticker(t.Context(), bytes.NewReader(gifOf(t, 16, 10, 3, gif.DisposalNone)))
	require.NoError(t, err)
	file := requireSticker(t, webp)
	require.Len(t, file.Frames, 5, "every second frame is 60 ms after the previous one")
	require.Equal(t, 300*time.Millisecond, file.Duration())
}

func TestAnimationWithoutDurationsPlaysAsInBrowsers(t *testing.T) {
	slow(t)
	t.Parallel()
	webp, err := convert.Sticker(t.Context(), bytes.NewReader(gifOf(t, 16, 2, 0, gif.DisposalNone)))
	require.NoError(t, err)
	require.Equal(t, 200*time.Millisecond, requireSticker(t, webp).Duration())
}

func TestAnimationThatIsTooLongIsAnError(t *testing.T) {
	t.Parallel()
	long := gifOf(t, 16, 3, 400, gif.DisposalNone)
	_, err := convert.Sticker(t.Context(), bytes.NewReader(long))
	require.ErrorIs(t, err, convert.ErrTooLong)
	require.ErrorContains(t, err, "12s")
	_, err = convert.TrayIcon(t.Context(), bytes.NewReader(long))
	require.NoError(t, err, "a tray icon is static")
}

func TestTrayIconIsSmallAndStatic(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{pngOf(t, noise(300, 300)), gifOf(t, 200, 3, 10, gif.DisposalNone), jpegOf(t, photo(300, 100))} {
		icon, err := convert.TrayIcon(t.Context(), bytes.NewReader(data))
		require.NoError(t, err)
		require.LessOrEqual(t, len(icon), 50_000)
		file, err := webpfile.Parse(bytes.NewReader(icon), int64(len(icon)))
		require.NoError(t, err)
		require.False(t, file.Animated)
		require.Equal(t, image.Pt(stickerpack.TraySide, stickerpack.TraySide), image.Pt(file.Width, file.Height))
		requireAccepted(t, icon, false)
		again, err := convert.TrayIcon(t.Context(), bytes.NewReader(icon))
		require.NoError(t, err)
		require.Equal(t, icon, again)
	}
}

// promising returns the start of pictures whose headers announce a huge size.
func promising(t *testing.T) map[string][]byte {
	png := pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	copy(png[16:], "\x00\x00\xff\xff\x00\x00\xff\xff")
	binary.BigEndian.PutUint32(png[29:], crc(png[12:29]))
	jpeg := jpegOf(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	copy(jpeg[bytes.Index(jpeg, []byte{0xFF, 0xC0})+5:], "\xff\xff\xff\xff")
	wide := pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	copy(wide[16:], "\x00\x00\x40\x01\x00\x00\x00\x01")
	binary.BigEndian.PutUint32(wide[29:], crc(wide[12:29]))
	animated := gifOf(t, 16, 3, 10, gif.DisposalNone)
	copy(animated[6:], "\xff\xff\xff\xff")
	webp := webptest.Lossless(disc(4, 4, red, blue))
	copy(webp[21:], "\xff\xff\xff\x1f")
	var canvas webpfile.Builder
	canvas.Animation(1<<24, 1<<24)
	frame, err := webpfile.Parse(bytes.NewReader(webp), int64(len(webp)))
	require.NoError(t, err)
	chunks, err := frame.Chunks(frame.Frames[0])
	require.NoError(t, err)
	canvas.Frame(webpfile.Frame{Width: 1 << 14, Height: 1 << 14}, chunks)
	var many webpfile.Builder
	many.Animation(1<<12, 1<<12)
	copy(chunks[8:], "\x2f\xff\xcf\xff\x03") // 4096×4096
	for range 33 {
		many.Frame(webpfile.Frame{Width: 1 << 12, Height: 1 << 12}, chunks)
	}
	return map[string][]byte{
		"a PNG": png, "a JPEG": jpeg, "a PNG of one line": wide, "a GIF": animated, "a WebP": webp,
		"an animated WebP": canvas.Bytes(), "an animated WebP of many frames": many.Bytes(),
	}
}

func TestHugePictureIsRejectedBeforeDecoding(t *testing.T) {
	for name, data := range promising(t) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := convert.Sticker(t.Context(), bytes.NewReader(data))
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, convert.ErrTooLarge)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
		})
	}
	for _, file := range hostile.Pictures() {
		switch file.Name {
		case "scans-300.jpg", "scans-a-million.jpg", "coefficients-4096.jpg", "interlaced.png", "frames.gif", "pixels.gif":
			_, err := convert.Sticker(t.Context(), bytes.NewReader(file.Make()))
			require.ErrorIs(t, err, convert.ErrTooLarge, file.Name)
		}
	}
	t.Run("with the caller's limit", func(t *testing.T) {
		small := pngOf(t, disc(20, 20, red, blue))
		_, err := convert.Sticker(t.Context(), bytes.NewReader(small), convert.WithMaxPixels(399))
		require.ErrorIs(t, err, convert.ErrTooLarge)
		_, err = convert.TrayIcon(t.Context(), bytes.NewReader(small), convert.WithMaxPixels(400))
		require.NoError(t, err)
		_, err = convert.TrayIcon(t.Context(), bytes.NewReader(small), convert.WithMaxMemory(4*400-1))
		require.ErrorIs(t, err, convert.ErrTooLarge)
		_, err = convert.TrayIcon(t.Context(), bytes.NewReader(small), convert.WithMaxMemory(4*400))
		require.NoError(t, err)
	})
}

func TestInputThatIsNotAPictureIsAnError(t *testing.T) {
	t.Parallel()
	broken := gifOf(t, 16, 3, 10, gif.DisposalNone)
	outside := bytes.Clone(broken)
	outside[bytes.IndexByte(outside[13:], ',')+13+1] = 3
	for name, data := range map[string][]byte{
		"nothing":                              nil,
		"text":                                 []byte("hello"),
		"an SVG":                               []byte("<svg/>"),
		"a truncated PNG":                      pngOf(t, disc(20, 20, red, blue))[:100],
		"a truncated JPEG":                     jpegOf(t, disc(20, 20, red, blue))[:200],
		"a truncated GIF":                      broken[:40],
		"a GIF with only a header":             broken[:13],
		"a GIF with an unknown block":          append(bytes.Clone(broken[:13+12]), 0x99, 0, 0),
		"a GIF with a frame beyond its canvas": outside,
		"a truncated WebP":                     webptest.Lossless(disc(20, 20, red, blue))[:50],
	} {
		t.Run(name, func(t *testing.T) {
			_, err := convert.Sticker(t.Context(), bytes.NewReader(data))
			require.ErrorIs(t, err, convert.ErrFormat)
		})
	}
}

func TestErrorsOfReaderAndContextArePassedOn(t *testing.T) {
	t.Parallel()
	disk := errors.New("disk failed")
	_, err := convert.Sticker(t.Context(), iotest.ErrReader(disk))
	require.ErrorIs(t, err, disk)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(disk)
	for _, data := range [][]byte{pngOf(t, disc(20, 20, red, blue)), gifOf(t, 16, 3, 10, gif.DisposalNone)} {
		_, err = convert.Sticker(ctx, bytes.NewReader(data))
		require.ErrorIs(t, err, disk)
	}
}

// FuzzSticker tests what happens before encoding, which is too slow for fuzzing.
func FuzzSticker(f *testing.F) {
	f.Add(pngOf(f, disc(4, 4, red, blue)))
	f.Add(jpegOf(f, disc(4, 4, red, blue)))
	f.Add(gifOf(f, 8, 3, 10, gif.DisposalPrevious))
	f.Add(webptest.Lossless(disc(4, 4, red, blue)))
	ended := errors.New("stopped")
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(ended)
		webp, err := convert.Sticker(ctx, bytes.NewReader(data), convert.WithMaxPixels(1<<12))
		require.Error(t, err)
		require.Nil(t, webp)
		_ = convert.EmojisIn(string(data))
	})
}
