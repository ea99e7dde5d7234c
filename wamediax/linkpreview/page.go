package linkpreview

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// Page is the preview of a web page. Fetch returns one; applications can also fill in their own. It
// can be used for several messages, also concurrently.
type Page struct {
	// URL is the link as it appears in the text, and as passed to Fetch.
	URL string

	// Location is the absolute URL of the page, after redirects.
	Location string

	// Title and Description have one line each and may be empty.
	Title, Description string

	// Thumbnail is a JPEG of at most 100 pixels per edge, sent in the message itself. It is nil if
	// there is no picture.
	Thumbnail []byte

	// Picture is a JPEG of at most 1200 pixels per edge, to be uploaded. It is nil if there is no
	// picture, or if it is less than 300 pixels wide.
	Picture                     []byte
	PictureWidth, PictureHeight int // in pixels
}

// TextMessage returns text with the preview, but without the large picture, which needs an upload.
// text should contain p.URL, which WhatsApp turns into the link. The message shares slices with p.
func (p *Page) TextMessage(text string) *waE2E.ExtendedTextMessage {
	msg := &waE2E.ExtendedTextMessage{Text: proto.String(text)}
	if p == nil {
		return msg
	}
	msg.MatchedText = proto.String(p.URL)
	if p.Title != "" {
		msg.Title = proto.String(p.Title)
	}
	if p.Description != "" {
		msg.Description = proto.String(p.Description)
	}
	msg.JPEGThumbnail = p.Thumbnail
	return msg
}

// Message uploads the large picture, if there is one, and returns text with the complete preview.
//
// The returned message can always be sent, even with an error, which means that the large picture
// is missing. Errors are those of [wamediax.Client.UploadMedia].
func (p *Page) Message(ctx context.Context, client *wamediax.Client, text string) (*waE2E.ExtendedTextMessage, error) {
	msg := p.TextMessage(text)
	if p == nil || len(p.Picture) == 0 {
		return msg, nil
	}
	up, err := client.UploadMedia(ctx, bytes.NewReader(p.Picture), whatsmeow.MediaLinkThumbnail)
	if err != nil {
		return msg, fmt.Errorf("failed to upload picture of link preview: %w", err)
	}
	msg.ThumbnailDirectPath = proto.String(up.DirectPath)
	msg.ThumbnailSHA256 = up.FileSHA256
	msg.ThumbnailEncSHA256 = up.FileEncSHA256
	msg.MediaKey = up.MediaKey
	msg.MediaKeyTimestamp = proto.Int64(up.MediaKeyTimestamp.Unix())
	msg.ThumbnailWidth = proto.Uint32(uint32(p.PictureWidth))
	msg.ThumbnailHeight = proto.Uint32(uint32(p.PictureHeight))
	return msg, nil
}

// Message returns text with a preview of the first URL in it.
//
// The returned message can always be sent, even with an error, which means that the preview or its
// picture is missing. The timeout includes the upload. Errors are those of Fetch and
// [Page.Message]. If text contains no URL, Message returns it without preview and without error.
func (f *Fetcher) Message(ctx context.Context, client *wamediax.Client, text string) (*waE2E.ExtendedTextMessage, error) {
	var none *Page
	url := FindURL(text)
	if url == "" {
		return none.TextMessage(text), nil
	}
	if f == nil {
		return none.TextMessage(text), errors.New("failed to preview link: the Fetcher is nil")
	}
	ctx, cancel := f.bound(ctx)
	defer cancel()
	page, fetchErr := f.Fetch(ctx, url)
	msg, err := page.Message(ctx, client, text)
	return msg, joined(fetchErr, err)
}
