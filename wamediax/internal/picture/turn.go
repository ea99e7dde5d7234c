package picture

import (
	"context"
	"image"
)

// TIFFOrientation returns the orientation from the first directory of a TIFF that begins with head.
func TIFFOrientation(head []byte) Orientation { return exifOrientation(head) }

// Turn returns img turned and mirrored upright. The error is ctx's cause.
func (o Orientation) Turn(ctx context.Context, img image.Image) (image.Image, error) {
	return o.turn(ctx, img)
}

// Upright returns the upright size of a picture with this stored size.
func (o Orientation) Upright(stored image.Point) image.Point { return o.size(stored) }
