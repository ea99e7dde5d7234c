package convert

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An animation of one frame is no animation for WhatsApp.
func TestHalvingABlinkingAnimationKeepsBothPictures(t *testing.T) {
	var pictures [2]*image.NRGBA
	for i, colour := range []color.Color{color.White, color.Black} {
		pictures[i] = image.NewNRGBA(image.Rect(0, 0, 8, 8))
		draw.Draw(pictures[i], pictures[i].Rect, image.NewUniform(colour), image.Point{}, draw.Src)
	}
	frames := make([]frame, 15)
	for i := range frames {
		frames[i] = frame{img: pictures[i%2], changed: pictures[0].Rect, duration: shortest}
	}
	half := halve(frames)
	require.Len(t, half, 2)
	for i, f := range half {
		require.Equal(t, pictures[i], f.img)
		require.Equal(t, f.img.Rect, f.changed)
		require.InDelta(t, 7.5*float64(shortest), float64(f.duration), float64(time.Millisecond))
	}
	require.Equal(t, 15*shortest, half[0].duration+half[1].duration)
}
