// Package picture decodes untrusted JPEG, PNG, GIF and WebP pictures. Before it
// decodes a pixel it limits what a file can cost: time, memory and frames.
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
//	a stream that may be truncated              NewScanner
//	a stream to decode                          SpoolAll, then Open
//
// # Limits
//
// The header has the dimensions and shows how many bytes a decoder needs per
// pixel: ten times as many for a progressive JPEG as for a baseline one. Open
// rejects a picture beyond [Limits].
//
// A JPEG of 91 KiB can hold hundreds of scans, each of which visits every
// pixel. Open walks through the file and rejects more than 100 scans, and more
// than 2^30 samples in all scans together.
//
// Decoders read through a reader that fails once the context has ended. It
// returns pieces so small that none keeps a core busy for long. Scaling and
// turning check the context every few rows. After its last byte a decoder may
// still process as many pixels as the limits allow.
package picture
