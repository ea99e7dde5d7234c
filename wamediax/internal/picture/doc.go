// Package picture decodes pictures from strangers. It reads JPEG, PNG, GIF and
// WebP, and it bounds what a file can cost before it decodes a pixel: time,
// memory, frames.
//
//	pic, err := picture.Open(ctx, src, size, picture.Limits{})
//	…
//	img, err := pic.Decode(ctx, image.Pt(100, 100))
//	thumbnail, err := picture.OnWhite(ctx, img, picture.Fit(img.Bounds().Size(), 100))
//
// # When to use which
//
//	you have                                    use
//	a file whose dimensions you need            Probe
//	a picture to show                           Open, then Decode, then OnWhite
//	an animation, frame by frame                Open, then All
//	the first bytes of a stream                 ParseHead
//	a stream, and must know if all of it came   NewScanner
//	a stream to decode                          SpoolAll, then Open
//
// # What is bounded, and how
//
// The header tells the dimensions, and how many bytes a decoder takes for each
// pixel: a progressive JPEG takes ten times what a baseline one does. Open
// refuses a picture beyond [Limits].
//
// A JPEG of 91 KiB can hold hundreds of scans, each of which visits every
// pixel. Open walks through the file and refuses more than 100 scans, and more
// than 2^30 samples in all of them together.
//
// Decoders read through a reader that fails once the context has ended, in
// pieces so small that none keeps a core busy for long. Scaling and turning
// look at the context every few rows. After its last byte a decoder may still
// need a moment, for at most as many pixels as the limits allow.
package picture
