// Package hostile makes media that attacks its reader: small files that cost a
// decoder seconds or gigabytes. Test your bot's handling of pictures with each
// of them and a short timeout.
//
//	for _, file := range hostile.Pictures() {
//		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
//		_, err := convert.Sticker(ctx, bytes.NewReader(file.Make()))
//		…
//
// # When to use which
//
//	Pictures    JPEG, PNG, GIF and WebP
//	Archives    zips as in a received sticker pack
//
// The same call always returns the same bytes. Most files are a few KiB; none
// is larger than 64 MiB.
package hostile
