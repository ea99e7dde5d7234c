// Package productimg uploads the pictures of a WhatsApp Business catalog. They are the one kind of media that is not
// encrypted: the CDN takes them under the hash of the plain file, and a product refers to them by URL.
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
//	a catalog, or what has changed of it              Sync
//	pictures that are too large, or no JPEGs          either, with WithJPEG
//	other media, encrypted                            wamediax.Client.UploadAll, which Sync is made of
//
// What is written into the catalog with the URL is the caller's business: this package makes no product calls.
//
// # What is taken
//
// JPEG, PNG and WebP, told by their first bytes, as they are. WhatsApp itself shows catalog pictures as JPEG; [WithJPEG]
// makes one of the others. The header is read for the dimensions, and the structure is followed to the end, so that what was
// cut off on its way here is [ErrTruncated] and not a grey half of a picture in a shop. Pixels are decoded only where a
// picture is converted. A header that promises more pixels than [WithMaxPixels] allows is [ErrTooManyPixels], before
// anything is allocated for them.
//
// A picture is read once, and kept until it is sent as wamediax keeps every plain stream: in memory up to
// [wamediax.WithSpoolMemory], in a temporary file beyond. What leaves is what was read and hashed, whatever happens to the
// file meanwhile; a file that changes while it is read is an error.
package productimg
