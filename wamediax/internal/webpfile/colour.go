package webpfile

import (
	"image"
)

// coloured turns what golang.org/x/image/webp makes of a lossy picture into the colours that are meant. VP8 has luma from 16
// to 235 (ITU-R BT.601; RFC 6386, section 9.2), but image.YCbCr has it from 0 to 255, as JPEG: taken as that, pictures are
// pale. Other pictures stay as they are.
func coloured(img image.Image) image.Image {
	var src *image.YCbCr
	var alpha *image.NYCbCrA
	switch img := img.(type) {
	case *image.YCbCr:
		src = img
	case *image.NYCbCrA:
		src, alpha = &img.YCbCr, img
	default:
		return img
	}
	dst := image.NewNRGBA(src.Rect)
	for y := src.Rect.Min.Y; y < src.Rect.Max.Y; y++ {
		out := dst.Pix[dst.PixOffset(src.Rect.Min.X, y):]
		for x := src.Rect.Min.X; x < src.Rect.Max.X; x++ {
			at := src.COffset(x, y)
			luma := 298 * (int32(src.Y[src.YOffset(x, y)]) - 16) // 255/219, in 256ths, as are the others
			cb, cr := int32(src.Cb[at])-128, int32(src.Cr[at])-128
			out[0] = clamped(luma + 409*cr)
			out[1] = clamped(luma - 100*cb - 208*cr)
			out[2] = clamped(luma + 516*cb)
			out[3] = 255
			if alpha != nil {
				out[3] = alpha.A[alpha.AOffset(x, y)]
			}
			out = out[4:]
		}
	}
	return dst
}

func clamped(v int32) uint8 { return uint8(max(0, min(255, (v+128)>>8))) }
