package picture

import (
	"context"
	"image"
	"math"

	"golang.org/x/image/draw"
)

// Fit returns size scaled down so that the longer side is at most side pixels. A smaller size stays
// the same. Neither side becomes 0.
func Fit(size image.Point, side int) image.Point {
	longer := max(size.X, size.Y)
	if longer <= side {
		return size
	}
	factor := float64(side) / float64(longer)
	scale := func(side int) int { return max(1, int(math.Round(float64(side)*factor))) }
	return image.Pt(scale(size.X), scale(size.Y))
}

// Halve halves img while both sides are at least twice those of atLeast. It averages all pixels and
// needs a quarter of the memory of img as RGBA. The zero point returns img. The error is ctx's
// cause.
func Halve(ctx context.Context, img image.Image, atLeast image.Point) (image.Image, error) {
	for size := img.Bounds().Size(); canHalve(size, atLeast); size = img.Bounds().Size() {
		smaller := image.NewRGBA(image.Rectangle{Max: half(size, atLeast)})
		if err := scale(ctx, smaller, img, draw.Src); err != nil {
			return nil, err
		}
		img = smaller
	}
	return img, nil
}

func canHalve(size, atLeast image.Point) bool {
	return atLeast.X > 0 && atLeast.Y > 0 && size.X >= 2*atLeast.X && size.Y >= 2*atLeast.Y
}

func half(size, atLeast image.Point) image.Point {
	return image.Pt(max(atLeast.X, (size.X+1)/2), max(atLeast.Y, (size.Y+1)/2))
}

// OnWhite scales img to size on a white background. To scale down by more than two, call [Halve]
// first, or [Picture.Decode] with that size. The error is ctx's cause.
func OnWhite(ctx context.Context, img image.Image, size image.Point) (*image.RGBA, error) {
	img, err := Halve(ctx, img, size)
	if err != nil {
		return nil, err
	}
	ground := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(ground, ground.Rect, image.White, image.Point{}, draw.Src)
	return ground, scale(ctx, ground, img, draw.Over)
}

// rowPixels is the number of pixels that are scaled or turned between two checks of the context.
const rowPixels = 1 << 18

// scale scales src to dst's size, a few rows at a time.
func scale(ctx context.Context, dst *image.RGBA, src image.Image, op draw.Op) error {
	perRow := max(dst.Rect.Dx(), src.Bounds().Dx()*src.Bounds().Dy()/dst.Rect.Dy(), 1)
	rows := max(1, rowPixels/perRow)
	for y := 0; y < dst.Rect.Dy(); y += rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		part := dst.SubImage(image.Rect(0, y, dst.Rect.Dx(), min(y+rows, dst.Rect.Dy()))).(*image.RGBA)
		draw.ApproxBiLinear.Scale(part, dst.Rect, src, src.Bounds(), op, nil)
	}
	return nil
}

// paint draws src, from the point from on, onto area of dst, a few rows at a time.
func paint(ctx context.Context, dst *image.RGBA, area image.Rectangle, src image.Image, from image.Point, op draw.Op) error {
	rows := max(1, rowPixels/max(1, area.Dx()))
	for y := area.Min.Y; y < area.Max.Y; y += rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		part := image.Rect(area.Min.X, y, area.Max.X, min(y+rows, area.Max.Y))
		draw.Draw(dst, part, src, from.Add(part.Min.Sub(area.Min)), op)
	}
	return nil
}
