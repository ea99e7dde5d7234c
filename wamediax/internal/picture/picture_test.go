package picture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
)

func probe(t testing.TB, data []byte) picture.Info {
	t.Helper()
	info, err := picture.Probe(t.Context(), bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	return info
}

func open(ctx context.Context, data []byte, limits picture.Limits) (*picture.Picture, error) {
	return picture.Open(ctx, bytes.NewReader(data), int64(len(data)), limits)
}

// decode opens and decodes.
func decode(ctx context.Context, data []byte, limits picture.Limits, atLeast image.Point) (image.Image, error) {
	pic, err := open(ctx, data, limits)
	if err != nil {
		return nil, err
	}
	return pic.Decode(ctx, atLeast)
}

// corners returns a picture whose four corners have different colours: red, green, and below them
// blue, white.
func corners(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{255, 0, 0, 255}
			switch {
			case x >= width/2 && y >= height/2:
				c = color.NRGBA{255, 255, 255, 255}
			case x >= width/2:
				c = color.NRGBA{0, 255, 0, 255}
			case y >= height/2:
				c = color.NRGBA{0, 0, 255, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// letters names the colours of the four corners: left to right, top to bottom.
func letters(img image.Image) string {
	b := img.Bounds()
	out := ""
	for _, at := range []image.Point{{b.Min.X, b.Min.Y}, {b.Max.X - 1, b.Min.Y}, {b.Min.X, b.Max.Y - 1}, {b.Max.X - 1, b.Max.Y - 1}} {
		r, g, b, _ := img.At(at.X, at.Y).RGBA()
		switch strong := [3]bool{r > 0x8000, g > 0x8000, b > 0x8000}; strong {
		case [3]bool{true, false, false}:
			out += "r"
		case [3]bool{false, true, false}:
			out += "g"
		case [3]bool{false, false, true}:
			out += "b"
		case [3]bool{true, true, true}:
			out += "w"
		default:
			out += "?"
		}
	}
	return out
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, nil))
	return out.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

// gifOf returns an animation of frames of one colour, each one pixel further to the right.
func gifOf(t testing.TB, side, frames int, disposal byte) []byte {
	t.Helper()
	palette := color.Palette{color.NRGBA{}, color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}}
	all := gif.GIF{Config: image.Config{Width: side, Height: side}}
	for i := range frames {
		img := image.NewPaletted(image.Rect(i, 0, side, side), palette)
		for j := range img.Pix {
			img.Pix[j] = uint8(1 + i%2)
		}
		all.Image, all.Delay, all.Disposal = append(all.Image, img), append(all.Delay, 5), append(all.Disposal, disposal)
	}
	var out bytes.Buffer
	require.NoError(t, gif.EncodeAll(&out, &all))
	return out.Bytes()
}

// webpOf returns an animation of three frames on a canvas of 12×10. The second replaces the canvas
// and is cleared afterwards.
func webpOf(t testing.TB) []byte {
	t.Helper()
	var b webpfile.Builder
	b.Animation(12, 10)
	for _, frame := range []webpfile.Frame{
		{Width: 12, Height: 10, Duration: 40 * time.Millisecond},
		{X: 4, Y: 2, Width: 3, Height: 5, Duration: 70 * time.Millisecond, Replace: true, Dispose: true},
		{X: 0, Y: 0, Width: 2, Height: 2, Duration: 10 * time.Millisecond},
	} {
		data := webptest.Lossless(corners(frame.Width, frame.Height))
		file, err := webpfile.Parse(bytes.NewReader(data), int64(len(data)))
		require.NoError(t, err)
		chunks, err := file.Chunks(file.Frames[0])
		require.NoError(t, err)
		b.Frame(frame, chunks)
	}
	return b.Bytes()
}

// withOrientation puts EXIF data into a JPEG.
func withOrientation(jpg []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	tiff := []byte("MM\x00\x2a")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II\x2a\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	exif := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(exif)))
	return append(append(append([]byte{}, jpg[:2]...), append(segment, exif...)...), jpg[2:]...)
}

func TestProbeReadsTheHeader(t *testing.T) {
	img := corners(40, 24)
	for name, c := range map[string]struct {
		data []byte
		want picture.Info
		size image.Point // upright
	}{
		"a JPEG":               {jpegOf(t, img), picture.Info{Format: picture.JPEG, Width: 40, Height: 24, Orientation: 1, Frames: 1}, image.Pt(40, 24)},
		"a JPEG on its side":   {withOrientation(jpegOf(t, img), binary.BigEndian, 6), picture.Info{Format: picture.JPEG, Width: 40, Height: 24, Orientation: 6, Frames: 1}, image.Pt(24, 40)},
		"a JPEG upside down":   {withOrientation(jpegOf(t, img), binary.LittleEndian, 3), picture.Info{Format: picture.JPEG, Width: 40, Height: 24, Orientation: 3, Frames: 1}, image.Pt(40, 24)},
		"a PNG":                {pngOf(t, img), picture.Info{Format: picture.PNG, Width: 40, Height: 24, Orientation: 1, Frames: 1}, image.Pt(40, 24)},
		"a GIF that moves":     {gifOf(t, 20, 3, gif.DisposalNone), picture.Info{Format: picture.GIF, Width: 20, Height: 20, Orientation: 1, Frames: 3, Duration: 150 * time.Millisecond}, image.Pt(20, 20)},
		"a GIF that does not":  {gifOf(t, 20, 1, gif.DisposalNone), picture.Info{Format: picture.GIF, Width: 20, Height: 20, Orientation: 1, Frames: 1}, image.Pt(20, 20)},
		"a WebP":               {webptest.Lossless(img), picture.Info{Format: picture.WebP, Width: 40, Height: 24, Orientation: 1, Frames: 1}, image.Pt(40, 24)},
		"a WebP that moves":    {webpOf(t), picture.Info{Format: picture.WebP, Width: 12, Height: 10, Orientation: 1, Frames: 3, Duration: 210 * time.Millisecond}, image.Pt(12, 10)},
		"a file cut in pixels": {jpegOf(t, img)[:640], picture.Info{Format: picture.JPEG, Width: 40, Height: 24, Orientation: 1, Frames: 1}, image.Pt(40, 24)},
	} {
		t.Run(name, func(t *testing.T) {
			info := probe(t, c.data)
			require.Equal(t, c.size, info.Upright())
			require.Positive(t, info.Memory(image.Point{}))
			info.Forget()
			require.Equal(t, c.want, info)
		})
	}
}

func TestPictureIsTurnedUpright(t *testing.T) {
	for orientation, want := range map[uint16]string{
		0: "rgbw", 1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw",
	} {
		data := withOrientation(jpegOf(t, corners(64, 32)), binary.BigEndian, orientation)
		for _, atLeast := range []image.Point{{}, {16, 16}} {
			img, err := decode(t.Context(), data, picture.Limits{}, atLeast)
			require.NoError(t, err)
			require.Equal(t, want, letters(img), "orientation %d, at least %v", orientation, atLeast)
			size := image.Pt(64, 32)
			if atLeast.X > 0 {
				size = image.Pt(32, 16)
			}
			if orientation >= 5 && orientation <= 8 {
				size = image.Pt(size.Y, size.X)
			}
			require.Equal(t, size, img.Bounds().Size(), "orientation %d, at least %v", orientation, atLeast)
		}
	}
}

func TestDecodeHalvesAsOftenAsAllowed(t *testing.T) {
	data := pngOf(t, corners(101, 80))
	for atLeast, want := range map[image.Point]image.Point{
		{}:        {101, 80},
		{60, 20}:  {101, 80},
		{50, 40}:  {51, 40},
		{20, 20}:  {26, 20},
		{1, 1}:    {1, 1},
		{3, 3}:    {7, 5},
		{500, 50}: {101, 80},
	} {
		img, err := decode(t.Context(), data, picture.Limits{}, atLeast)
		require.NoError(t, err)
		require.Equal(t, want, img.Bounds().Size(), "at least %v", atLeast)
	}
}

func TestOnWhiteFlattensAndScales(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for y := range 20 {
		for x := range 40 {
			img.SetNRGBA(x, y, color.NRGBA{255, 0, 0, 255})
		}
	}
	flat, err := picture.OnWhite(t.Context(), img, image.Pt(9, 9))
	require.NoError(t, err)
	require.Equal(t, "rrww", letters(flat))
	require.Equal(t, image.Pt(9, 9), flat.Bounds().Size())
	require.True(t, flat.Opaque())
}

func TestFitKeepsTheShape(t *testing.T) {
	for size, want := range map[image.Point]image.Point{
		{1000, 500}: {100, 50}, {500, 1000}: {50, 100}, {100, 100}: {100, 100}, {30, 20}: {30, 20}, {5000, 1}: {100, 1},
	} {
		require.Equal(t, want, picture.Fit(size, 100), "%v", size)
	}
}

func TestAnimationIsDecodedFrameByFrame(t *testing.T) {
	for name, c := range map[string]struct {
		data   []byte
		starts []time.Duration
		check  func(t *testing.T, i int, img image.Image)
	}{
		"a GIF": {gifOf(t, 8, 3, gif.DisposalNone), []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond}, func(t *testing.T, i int, img image.Image) {
			require.Equal(t, []string{"rrrr", "rbrb", "rrrr"}[i], letters(img))
		}},
		"a GIF whose frames go away": {gifOf(t, 8, 2, gif.DisposalBackground), []time.Duration{0, 50 * time.Millisecond}, func(t *testing.T, i int, img image.Image) {
			require.Equal(t, []string{"rrrr", "?b?b"}[i], letters(img))
		}},
		"a GIF whose frames give back": {gifOf(t, 8, 3, gif.DisposalPrevious), []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond}, func(t *testing.T, i int, img image.Image) {
			require.Equal(t, []string{"rrrr", "?b?b", "?r?r"}[i], letters(img))
		}},
		"a WebP": {webpOf(t), []time.Duration{0, 40 * time.Millisecond, 110 * time.Millisecond}, func(t *testing.T, i int, img image.Image) {
			require.Equal(t, "rgbw", letters(img))
			_, _, _, alpha := img.At(5, 3).RGBA()
			require.Equal(t, i < 2, alpha > 0, "the second frame is cleared before the third")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			pic, err := open(t.Context(), c.data, picture.Limits{})
			require.NoError(t, err)
			var starts []time.Duration
			for frame, err := range pic.All(t.Context()) {
				require.NoError(t, err)
				c.check(t, len(starts), frame.Image)
				starts = append(starts, frame.Start)
			}
			require.Equal(t, c.starts, starts)
		})
	}
}

func TestInvalidPictureIsAnError(t *testing.T) {
	t.Parallel()
	jpg, pic := jpegOf(t, corners(40, 40)), pngOf(t, corners(40, 40))
	moving := gifOf(t, 8, 2, gif.DisposalNone)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                        {nil, picture.ErrTruncated},
		"one byte":                       {[]byte{0xff}, picture.ErrFormat},
		"a text":                         {[]byte("hello, this is a text"), picture.ErrFormat},
		"a JPEG cut in its header":       {jpg[:30], picture.ErrTruncated},
		"a JPEG cut in its pixels":       {jpg[:len(jpg)-30], picture.ErrTruncated},
		"a JPEG without a frame":         {[]byte("\xff\xd8\xff\xfe\x00\x02\xff\xd9"), picture.ErrFormat},
		"a JPEG of 12 bits":              {bytes.Replace(jpg, []byte("\xff\xc0\x00\x11\x08"), []byte("\xff\xc0\x00\x11\x0c"), 1), picture.ErrFormat},
		"a lossless JPEG":                {bytes.Replace(jpg, []byte("\xff\xc0\x00\x11\x08"), []byte("\xff\xc3\x00\x11\x08"), 1), picture.ErrFormat},
		"a JPEG without height":          {bytes.Replace(jpg, []byte("\xff\xc0\x00\x11\x08\x00\x28"), []byte("\xff\xc0\x00\x11\x08\x00\x00"), 1), picture.ErrFormat},
		"a PNG cut in its header":        {pic[:20], picture.ErrTruncated},
		"a PNG cut in its pixels":        {pic[:len(pic)-20], picture.ErrTruncated},
		"a PNG with a wrong checksum":    {append(bytes.Clone(pic[:29]), append([]byte("oops"), pic[33:]...)...), picture.ErrFormat},
		"a GIF cut in its header":        {moving[:9], picture.ErrTruncated},
		"a GIF cut in its first frame":   {moving[:40], picture.ErrTruncated},
		"a GIF without a frame":          {append(bytes.Clone(moving[:13+12]), 0x3b), picture.ErrTruncated},
		"a GIF with a strange block":     {append(bytes.Clone(moving[:13+12]), 0x99), picture.ErrFormat},
		"a GIF without size":             {append([]byte("GIF89a\x00\x00\x00\x00"), moving[10:]...), picture.ErrFormat},
		"a WebP that is cut off":         {webpOf(t)[:60], picture.ErrTruncated},
		"a WebP with a frame cut inside": {bytes.Replace(webpOf(t), []byte("VP8L"), []byte("JUNK"), 1), picture.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(t.Context(), c.data, picture.Limits{}, image.Point{})
			require.ErrorIs(t, err, c.want)
			require.ErrorIs(t, err, picture.ErrFormat)
		})
	}
}

func TestPictureBeyondTheLimitsIsRefused(t *testing.T) {
	jpg, moving := jpegOf(t, corners(40, 30)), gifOf(t, 20, 5, gif.DisposalPrevious)
	grey := withOrientation(jpegOf(t, image.NewGray(image.Rect(0, 0, 64, 64))), binary.BigEndian, 6)
	for name, c := range map[string]struct {
		data          []byte
		allowed, less picture.Limits
	}{
		"pixels":           {jpg, picture.Limits{Pixels: 1200}, picture.Limits{Pixels: 1199}},
		"a side":           {jpg, picture.Limits{Side: 40}, picture.Limits{Side: 39}},
		"frames":           {moving, picture.Limits{Frames: 5}, picture.Limits{Frames: 4}},
		"pixels of frames": {moving, picture.Limits{FramePixels: 20 * (20 + 19 + 18 + 17 + 16)}, picture.Limits{FramePixels: 20*(20+19+18+17+16) - 1}},
		"memory of a JPEG": {jpg, picture.Limits{Memory: 48 * 32 * 3 / 2}, picture.Limits{Memory: 48*32*3/2 - 1}},
		"memory of a GIF":  {moving, picture.Limits{Memory: 9 * 400}, picture.Limits{Memory: 9*400 - 1}},
		"memory to turn":   {grey, picture.Limits{Memory: 5 * 64 * 64}, picture.Limits{Memory: 5*64*64 - 1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(t.Context(), c.data, c.allowed, image.Point{})
			require.NoError(t, err)
			_, err = decode(t.Context(), c.data, c.less, image.Point{})
			require.ErrorIs(t, err, picture.ErrTooLarge)
		})
	}
}

// failing returns an error for reads from an offset on.
type failing struct {
	*bytes.Reader
	from int64
	err  error
}

func (f failing) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > f.from {
		return 0, f.err
	}
	return f.Reader.ReadAt(p, offset)
}

func TestErrorsOfSourceAndContextAreReturned(t *testing.T) {
	disk := errors.New("the disk is gone")
	for name, data := range map[string][]byte{
		"a JPEG": jpegOf(t, corners(900, 900)), "a PNG": pngOf(t, corners(900, 900)), "a GIF": gifOf(t, 200, 3, gif.DisposalNone),
		"a WebP": webptest.Lossless(corners(200, 200)),
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []int64{0, 20, int64(len(data)) - 10} {
				src := failing{bytes.NewReader(data), from, disk}
				_, err := picture.Open(t.Context(), src, int64(len(data)), picture.Limits{})
				if err == nil {
					var pic *picture.Picture
					pic, err = open(t.Context(), data, picture.Limits{})
					require.NoError(t, err)
					_, err = pic.From(src).Decode(t.Context(), image.Point{})
				}
				require.ErrorIs(t, err, disk, "from byte %d", from)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			pic, err := open(ctx, data, picture.Limits{})
			require.NoError(t, err)
			cancel(disk)
			_, err = picture.Probe(ctx, bytes.NewReader(data), int64(len(data)))
			require.ErrorIs(t, err, disk)
			_, err = open(ctx, data, picture.Limits{})
			require.ErrorIs(t, err, disk)
			_, err = pic.Decode(ctx, image.Point{})
			require.ErrorIs(t, err, disk)
			_, err = picture.OnWhite(ctx, corners(10, 10), image.Pt(3, 3))
			require.ErrorIs(t, err, disk)
		})
	}
}

var bigEndian binary.AppendByteOrder = binary.BigEndian
