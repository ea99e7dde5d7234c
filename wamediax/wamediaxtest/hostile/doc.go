// Package hostile makes media that attacks its reader: small files that take a
// decoder seconds or gigabytes. Run what your bot does with pictures over them,
// each with a short timeout.
//
//	for _, file := range hostile.Pictures() {
//		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
//		_, err := convert.Sticker(ctx, bytes.NewReader(file.Make()))
//		…
//
// # When to use which
//
//	Pictures    JPEG, PNG, GIF and WebP
//	Archives    the zip of a sticker pack, as a stranger may send it
//
// The same call always makes the same bytes. Most files have some KiB; none
// has more than 64 MiB.
package hostile
