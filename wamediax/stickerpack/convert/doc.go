// Package convert turns pictures into stickers: any PNG, JPEG, GIF or WebP
// becomes a WebP of 512×512 pixels with transparent margins, small enough for
// WhatsApp, and animated if the picture is.
//
//	pack, err := convert.FromDir(ctx, "cats")
//	…
//	msg, err := stickerpack.Publish(ctx, client, pack)
//
// # When to use which
//
//	FromDir      a directory of pictures, to a pack
//	WithUniform  for a directory with static and animated pictures
//	FromRoot     the same for an os.Root, if the directory's name is untrusted
//	Sticker      one picture, to a sticker
//	TrayIcon     one picture, to a pack's tray icon (optional: Publish can make one)
//
// Pictures may be untrusted: dimensions are checked before decoding
// ([WithMaxPixels], [WithMaxMemory]). Decoding takes up to 16 bytes of memory
// per pixel of the largest picture, plus 1 MiB per frame of an animation, plus
// the file itself. Photos are rotated according to their EXIF orientation.
// Colour profiles are ignored.
//
// # The encoder
//
// This package is separate from stickerpack because of its encoder,
// github.com/gen2brain/webp: Google's libwebp, translated to Go without cgo. It
// is the only one found that supports transparency and quality levels and whose
// output libwebp's own tools accept. dwebp rejected transparent pictures by
// github.com/deepteams/webp v1.1.0; github.com/HugoSmits86/nativewebp v1.2.0 is
// lossless only and panicked on noise. golang.org/x/image/webp decodes
// pictures. This package assembles animations itself, because gen2brain/webp
// can decode but not encode them.
//
// If the operating system has libwebp.so (Debian's libwebp-dev), gen2brain/webp
// loads it instead of its own translation, because it is faster. Build with
// -tags nodynamic to prevent that, and always on 32-bit systems, where loading
// it is known to crash.
package convert
