package convert

import (
	"bytes"
	"context"
	"image"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

// WithUniform makes [FromDir] and [FromRoot] return a pack of one kind, as
// [stickerpack.RuleUniform] requires: if some pictures are animated, they turn each static one into
// an animation of two equal frames. If none is, the option has no effect, and [Sticker] and
// [TrayIcon] ignore it.
//
// To get a static pack and an animated pack instead, leave out the option and call
// [stickerpack.Pack.Split].
func WithUniform() Option { return func(s *settings) { s.uniform = true } }

// isAnimated reports whether webp, a sticker made by this package, is animated.
func isAnimated(webp []byte) bool {
	file, err := webpfile.Parse(bytes.NewReader(webp), int64(len(webp)))
	return err == nil && file.Animated
}

// stillFrame is how long each frame of an animated static picture is shown.
const stillFrame = time.Second

// animatedStill makes an animated sticker from a static picture. It has two frames, because
// WhatsApp rejects animations of one frame (StickerPackValidator in WhatsApp's sample app for
// stickers). The second frame repeats a corner of the first, and so costs only a few bytes.
func animatedStill(ctx context.Context, src source, s *settings) ([]byte, error) {
	pic, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	img, err := still(ctx, pic, stickerpack.StickerSide)
	if err != nil {
		return nil, err
	}
	return encodeAnimation(ctx, []frame{
		{img: img, changed: img.Rect, duration: stillFrame},
		{img: img, changed: image.Rect(0, 0, 2, 2), duration: stillFrame},
	}, maxAnimatedBytes)
}
