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

// Page is what people see of a page before they open it. Fetch returns one; an application can also
// fill in its own. It can be used for several messages, also at the same time.
type Page struct {
	// URL is the link as it is in the text, and as it was passed to Fetch.
	URL string

	// Location is the absolute URL of the page, after redirects.
	Location string

	// Title and Description have one line each and may be empty.
	Title, Description string

	// Thumbnail is a JPEG of at most 100 pixels per edge, which travels in the message itself. Nil
	// without a picture.
	Thumbnail []byte

	// Picture is a JPEG of at most 1200 pixels per edge, for the upload. Nil without a picture, or if
	// it is less than 300 pixels wide.
	Picture                     []byte
	PictureWidth, PictureHeight int // in pixels
}

// TextMessage returns text with the preview, except for the large picture, which must be uploaded.
// text should contain p.URL: that is what WhatsApp makes the link of the preview. The message shares
// slices with p.
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

// Message uploads the large picture, if there is one, and returns text with the whole preview.
//
// The message can always be sent. An error means that it lacks the large picture: it is one of
// [wamediax.Client.UploadMedia].
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
// The message can always be sent, and soon: Message ends when the timeout does, upload included. An
// error means that the preview is missing or lacks a picture: it is one of Fetch or Page.Message.
// Without a URL in text there is neither a preview nor an error.
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
	return msg, errors.Join(fetchErr, err)
}
