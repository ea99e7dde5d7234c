// Package linkpreview gives text messages with a link what people see below it:
// title, description and picture of the page.
//
//	links := linkpreview.New()
//	msg, err := links.Message(ctx, client, "Look at https://example.com/")
//	if err != nil {
//		log.Warn(err) // msg can be sent anyway
//	}
//	_, err = client.SendMessage(ctx, to, &waE2E.Message{ExtendedTextMessage: msg})
//
// # When to use which
//
//	you have                                      use
//	a text to send                                New, then Fetcher.Message
//	a URL, and want to know what it shows         Fetcher.Fetch
//	a Page, for several messages                  Page.Message
//	a channel, or no wish to upload               Page.TextMessage
//	title and picture of your own                 a Page of your own, then Page.Message
//	a text, and want to know whether it links     FindURL
//	pages that only known crawlers may read       WithClient and safehttp.WithHeader
//
// # What it finds
//
//	title        og:title, twitter:title, <title>, the host's name
//	description  og:description, twitter:description, the description
//	picture      og:image, twitter:image, image_src, the icon: JPEG, PNG, GIF, WebP
//
// A URL that leads to a picture is shown as that picture. The message carries a
// thumbnail of at most 100 pixels per edge. A picture at least 300 pixels wide
// is also uploaded, with at most 1200 pixels per edge, and shown as a large
// card.
//
// # What is bounded
//
// Pages come from strangers, so package safehttp fetches them, from the open
// internet alone. Fetcher.Message and Fetcher.Fetch end after 15 s, see
// [WithTimeout]. Of a page they read at most 2 MiB and stop where its head
// ends; of a picture, at most 8 MiB. They try at most three pictures. Pictures
// beyond 32 megapixels, or beyond 64 MiB for decoding, are refused before a
// pixel is decoded.
//
// Sending a link preview tells the page's server the bot's address.
package linkpreview
