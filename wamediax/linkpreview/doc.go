// Package linkpreview adds link previews to text messages: title, description
// and picture of the linked page.
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
//	a URL, and need only its preview              Fetcher.Fetch
//	a Page, for several messages                  Page.Message
//	a channel, or no wish to upload               Page.TextMessage
//	your own title and picture                    your own Page, then Page.Message
//	a text, and need to know if it has a link     FindURL
//	pages that only known crawlers may read       WithClient and safehttp.WithHeader
//
// # What it finds
//
//	title        og:title, twitter:title, <title>, the host's name
//	description  og:description, twitter:description, the description
//	picture      og:image, twitter:image, image_src, the icon: JPEG, PNG, GIF, WebP
//
// A URL of a picture gives a preview of that picture. The message itself
// contains a thumbnail of at most 100 pixels per edge. If the picture is at
// least 300 pixels wide, Message also uploads it, scaled to at most 1200 pixels
// per edge, and phones show a large card.
//
// # Limits
//
// Pages are untrusted, so this package fetches them with package safehttp,
// which reaches only public addresses. Fetcher.Message and Fetcher.Fetch take
// at most 15 s ([WithTimeout]). They read at most 2 MiB of a page, stopping at
// the end of its head, and at most 8 MiB of each of up to three pictures. They
// reject pictures of more than 32 megapixels, or that need more than 64 MiB to
// decode, before decoding them.
//
// Fetching a preview reveals the bot's IP address to the page's server.
package linkpreview
