package picture

import (
	"context"
	"image"
)

// TIFFOrientation reads the orientation from the first directory of a TIFF, as far as head goes.
func TIFFOrientation(head []byte) Orientation { return exifOrientation(head) }

// Turn turns and mirrors a picture upright. The error is ctx's cause.
func (o Orientation) Turn(ctx context.Context, img image.Image) (image.Image, error) {
	return o.turn(ctx, img)
}

// Upright is the size that a picture stored with this size has once it is upright.
func (o Orientation) Upright(stored image.Point) image.Point { return o.size(stored) }
