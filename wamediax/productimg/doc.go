// Package productimg uploads the pictures of a WhatsApp Business catalog.
// Unlike all other media they are not encrypted: the CDN stores them under the
// hash of the plain file, and a product refers to them by URL.
//
//	for i, outcome := range productimg.Sync(ctx, client, items) {
//		item := items[i]
//		if outcome.Err != nil {
//			log.Warnf("Product %s, picture %d: %v", item.ProductID, item.Position, outcome.Err)
//			continue
//		}
//		urls[item.ProductID] = append(urls[item.ProductID], outcome.Image.URL)
//	}
//
// # When to use which
//
//	you have                                          use
//	one picture                                       Upload
//	a catalog, or the changes to one                  Sync
//	pictures that are too large or not JPEG           either, with WithJPEG
//	other media, which is encrypted                   wamediax.Client.UploadAll, on which Sync is based
//
// This package makes no product calls: adding the URLs to the catalog is up to
// the caller.
//
// # Formats
//
// The package accepts JPEG, PNG and WebP, detected by their first bytes, and
// uploads them unchanged. WhatsApp itself shows catalog pictures as JPEG;
// [WithJPEG] converts the others. The package reads the dimensions from the
// header, and follows the file's structure to its end, so that a truncated file
// gives [ErrTruncated] instead of a half-grey picture in a shop. It decodes
// pixels only to convert. A header that announces more pixels than
// [WithMaxPixels] gives [ErrTooManyPixels] before any memory is allocated for
// them.
//
// The package reads a picture once and buffers it until it is sent: in memory
// up to [wamediax.WithSpoolMemory], in a temporary file beyond that. So the
// uploaded bytes are always the ones that were hashed. A file that changes
// while it is read gives an error.
package productimg
