package convert

import (
	"bytes"
	"context"
	"image"
	"time"

	"golang.org/x/image/draw"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

// fitter centres pictures of one size in a transparent square, as large as possible.
type fitter struct {
	side   int
	area   image.Rectangle // covered by the picture
	scaler draw.Scaler     // from size to area's size; made for the first picture
	size   image.Point
}

func newFitter(size image.Point, side int) *fitter {
	scaled := image.Pt(side, side)
	switch {
	case size.X > size.Y:
		scaled.Y = max(1, (side*size.Y+size.X/2)/size.X)
	case size.Y > size.X:
		scaled.X = max(1, (side*size.X+size.Y/2)/size.Y)
	}
	corner := image.Pt(side, side).Sub(scaled).Div(2)
	return &fitter{side: side, area: image.Rectangle{Min: corner, Max: corner.Add(scaled)}}
}

// fit halves large pictures first, because the scaler needs 32 bytes per pixel of its intermediate
// image, which has the target's width and the source's height.
func (f *fitter) fit(ctx context.Context, img image.Image) (*image.NRGBA, error) {
	img, err := picture.Halve(ctx, img, f.area.Size())
	if err != nil {
		return nil, err
	}
	square := image.NewRGBA(image.Rect(0, 0, f.side, f.side))
	size := img.Bounds().Size()
	if size == f.area.Size() {
		draw.Draw(square, f.area, img, img.Bounds().Min, draw.Src)
		return plain(square), nil
	}
	if f.scaler == nil || f.size != size {
		f.scaler, f.size = draw.CatmullRom.NewScaler(f.area.Dx(), f.area.Dy(), size.X, size.Y), size
	}
	f.scaler.Scale(square, f.area, img, img.Bounds(), draw.Src, nil)
	return plain(square), nil
}

// plain converts premultiplied alpha to the straight alpha that the encoder needs.
func plain(src *image.RGBA) *image.NRGBA {
	dst := image.NewNRGBA(src.Rect)
	for i := 0; i < len(src.Pix); i += 4 {
		s, d := src.Pix[i:i+4:i+4], dst.Pix[i:i+4:i+4]
		switch a := uint32(s[3]); a {
		case 0:
		case 255:
			copy(d, s)
		default:
			for c := range 3 {
				d[c] = uint8(min(255, (uint32(s[c])*255+a/2)/a))
			}
			d[3] = s[3]
		}
	}
	return dst
}

// frame is one frame of a sticker.
type frame struct {
	img      *image.NRGBA    // as large as a sticker
	changed  image.Rectangle // area that differs from the previous frame; its corner is even
	duration time.Duration
}

// shortest is the minimum duration of a frame, which allows at most 200 frames.
const shortest = 50 * time.Millisecond

// collect scales the frames of an animation, drops those that follow too soon, and merges those
// that look the same.
func collect(ctx context.Context, pic *picture.Picture) ([]frame, error) {
	fit := newFitter(pic.Upright(), stickerpack.StickerSide)
	var frames []frame
	start := time.Duration(0) // of the last frame
	for next, err := range pic.All(ctx) {
		if err != nil {
			return nil, err
		}
		if len(frames) > 0 && next.Start-start < shortest {
			continue
		}
		img, err := fit.fit(ctx, next.Image)
		if err != nil {
			return nil, err
		}
		if len(frames) == 0 {
			frames = append(frames, frame{img: img, changed: img.Rect})
			continue
		}
		last := &frames[len(frames)-1]
		changed := difference(last.img, img)
		if changed.Empty() {
			continue
		}
		last.duration, start = next.Start-start, next.Start
		frames = append(frames, frame{img: img, changed: changed})
	}
	if len(frames) == 0 {
		return nil, ErrFormat
	}
	frames[len(frames)-1].duration = pic.Duration - start
	return frames, nil
}

// difference returns the smallest rectangle with an even corner outside of which a and b are equal.
func difference(a, b *image.NRGBA) image.Rectangle {
	side := a.Rect.Max
	changed := image.Rectangle{}
	for y := range side.Y {
		rowA, rowB := a.Pix[y*a.Stride:y*a.Stride+4*side.X], b.Pix[y*b.Stride:y*b.Stride+4*side.X]
		if bytes.Equal(rowA, rowB) {
			continue
		}
		left, right := 0, len(rowA)
		for rowA[left] == rowB[left] {
			left++
		}
		for rowA[right-1] == rowB[right-1] {
			right--
		}
		changed = changed.Union(image.Rect(left/4, y, (right+3)/4, y+1))
	}
	changed.Min.X &^= 1
	changed.Min.Y &^= 1
	return changed
}

// halve drops every second frame and extends the one before it. It returns at least two frames.
func halve(frames []frame) []frame {
	var half []frame
	for i, f := range frames {
		if i%2 == 1 {
			half[len(half)-1].duration += f.duration
			continue
		}
		if i > 0 {
			f.changed = difference(half[len(half)-1].img, f.img)
			if f.changed.Empty() {
				half[len(half)-1].duration += f.duration
				continue
			}
		}
		half = append(half, f)
	}
	if len(half) == 1 { // every second frame has the same picture
		total := half[0].duration
		half = append(half[:0], frames[:2]...)
		half[0].duration, half[1].duration = total-total/2, total/2
	}
	return half
}

// onWhite draws img on white.
func onWhite(img *image.NRGBA) *image.RGBA {
	ground := image.NewRGBA(img.Rect)
	draw.Draw(ground, ground.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(ground, ground.Rect, img, img.Rect.Min, draw.Over)
	return ground
}
