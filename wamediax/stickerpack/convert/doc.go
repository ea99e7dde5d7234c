// Package convert makes stickers of pictures: any PNG, JPEG, GIF or WebP becomes a WebP of 512×512 pixels with transparent
// margins, small enough for WhatsApp, animated where the picture moves.
//
//	pack, err := convert.FromDir(ctx, "cats")
//	…
//	msg, err := stickerpack.Publish(ctx, client, pack)
//
// # When to use which
//
//	FromDir      a folder of pictures, as a whole pack
//	FromRoot     the same of an os.Root, for a folder that somebody else has named
//	Sticker      one picture, as a sticker
//	TrayIcon     one picture, as a pack's tray icon (without one, Publish makes it of the first sticker)
//
// Pictures may come from anybody: sizes are looked at before anything is decoded, and bounded ([WithMaxPixels]). Memory
// is, beside the file itself, some 16 bytes per pixel of the largest picture, and 1 MiB per frame of an animation.
// Photos are turned the way their camera says. Colour profiles are ignored.
//
// # The encoder
//
// This package is apart from stickerpack because of its encoder: github.com/gen2brain/webp, which is Google's libwebp
// translated to Go, without CGo. Nothing else was found that keeps transparency, has qualities, and whose output libwebp's
// own tools accept: of github.com/deepteams/webp v1.1.0 dwebp refused pictures with transparency, and
// github.com/HugoSmits86/nativewebp v1.2.0 knows only lossless ones, and panicked on noise. Decoding is left to
// golang.org/x/image/webp, and animations are put together here: gen2brain/webp decodes them, but does not encode them.
//
// Where the operating system has libwebp.so (Debian's libwebp-dev), gen2brain/webp loads that in place of its own, which is
// faster. Programs that shall not load it are built with -tags nodynamic, as are those for 32-bit systems, where that
// loading is known to crash.
package convert
