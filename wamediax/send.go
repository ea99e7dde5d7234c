package wamediax

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

var (
	// ErrKind means that phones cannot show the content as the requested kind, such as a stereo
	// file as a voice message. The error says what to do.
	ErrKind = message.ErrKind
	// ErrDetails means that a message of this kind, or in this chat, cannot have a caption, be
	// view-once, or have an HD copy.
	ErrDetails = message.ErrDetails
)

// Sent is a message that the server has accepted.
type Sent struct {
	whatsmeow.SendResponse
	Message  *waE2E.Message
	Uploaded *Uploaded
	HD       *Sent // the HD copy, or nil: see [WithHD]
	// the announcement of the album that it belongs to, without an upload: see [Client.SendAlbum]
	Album *Sent
}

// SendError reports that a message was not sent, as far as is known, although its media is on the
// CDN. Send the message again without uploading. It keeps its ID, so recipients see it once even if
// the first attempt did arrive:
//
//	var failed *wamediax.SendError
//	if errors.As(err, &failed) {
//		_, err = client.SendMessage(ctx, chat, failed.Message, failed.Extra)
//	}
type SendError struct {
	Uploaded *Uploaded // nil if nothing was uploaded for the message
	// nil if the file turned out not to be of the requested kind
	Message *waE2E.Message
	Extra   whatsmeow.SendRequestExtra // has the ID of the message
	Err     error
}

// Error returns the reason.
func (e *SendError) Error() string {
	if e.Uploaded == nil {
		return fmt.Sprintf("failed to send the message: %v", e.Err)
	}
	return fmt.Sprintf("failed to send the media after its upload: %v", e.Err)
}

// Unwrap returns Err.
func (e *SendError) Unwrap() error { return e.Err }

// SendMedia uploads the content of src and sends it to a person, a group, a channel or
// [types.StatusBroadcastJID]. By default its kind depends on the content, as [Sniff] reports it: an
// image, video, audio or document. Opus in Ogg is a voice message if a Previewer finds that phones
// play it as one. [AsVoice] and the other As options set the kind; content that phones cannot show
// as that kind is [ErrKind], before anything is sent.
//
//	sent, err := client.SendMedia(ctx, chat, file, wamediax.WithCaption("The minutes of today"))
//
// With [WithPreviewer] the message has everything that people see before they open it. If the
// Previewer is a [Scaler], a video or document also gets a larger thumbnail, which is uploaded
// separately.
//
// src is read as by [Client.UploadMedia], whose options and errors apply. Media for a channel is
// not encrypted, as with [ForNewsletter]. If the socket breaks, SendMedia waits up to 30 s and
// sends the message again with the same ID. An error after the upload is a [SendError]. If only the
// HD copy fails, SendMedia returns the sent message together with the error. It also returns the
// errors of [whatsmeow.Client.SendMessage].
//
// In an event handler, send large media in a goroutine: whatsmeow handles one event at a time.
func (c *Client) SendMedia(ctx context.Context, to types.JID, src io.Reader, opts ...SendOption) (*Sent, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	d, err := c.draft(ctx, to, src, c.sendSettings(to, opts))
	if err != nil {
		return nil, fmt.Errorf("failed to send media: %w", err)
	}
	if err := d.upload(ctx); err != nil {
		return nil, err
	}
	return d.send(ctx)
}

// AsImage sends a JPEG, PNG or WebP as an image. It is [As] with [KindImage].
func AsImage() UploadOption { return As(KindImage) }

// AsVideo sends an MP4, 3GPP or QuickTime file as a video.
func AsVideo() UploadOption { return As(KindVideo) }

// AsGIF sends an MP4 that loops without sound. Convert a GIF file to MP4 first.
func AsGIF() UploadOption { return As(KindGIF) }

// AsRoundVideo sends an MP4 as a video note. It should be square. WhatsApp's clients label its
// stanza as media, mediatype "ptv" (whatsapp-rust); whatsmeow labels it as text, like a sticker
// pack (see package stickerpack).
func AsRoundVideo() UploadOption { return As(KindPTV) }

// AsVoice sends mono Opus in Ogg as a voice message. Package preview/voice converts other audio.
func AsVoice() UploadOption { return As(KindPTT) }

// AsAudio sends audio as a file with a player, even if phones could play it as a voice message.
func AsAudio() UploadOption { return As(KindAudio) }

// AsDocument sends any file as a document. Recipients get it unchanged.
func AsDocument() UploadOption { return As(KindDocument) }

// AsSticker sends a WebP as a sticker. Package stickerpack/convert makes them.
func AsSticker() UploadOption { return As(KindSticker) }

// WithCaption sets the text below an image, video, GIF or document. For other kinds the error is
// [ErrDetails].
func WithCaption(text string) SendOption {
	return sendOption(func(s *sendSettings) { s.Caption = text })
}

// WithFileName sets the name of a document. The default is the name of the *os.File, or "document"
// with an extension. Other kinds ignore it.
func WithFileName(name string) SendOption {
	return sendOption(func(s *sendSettings) { s.FileName = name })
}

// WithContextInfo sets the context of the message: the quoted message, mentions in the caption, the
// disappearing timer. info is copied.
func WithContextInfo(info *waE2E.ContextInfo) MessageOption {
	return messageOption(func(s *sendSettings) { s.Context = info })
}

// WithViewOnce makes an image, video or voice message view-once. For other kinds and in channels,
// the error is [ErrDetails].
func WithViewOnce() SendOption {
	return sendOption(func(s *sendSettings) { s.ViewOnce = true })
}

// WithHD sends an image twice, as WhatsApp Web does: once scaled to at most 1600 pixels per side,
// and once as it is, which phones load when people open it. Both are shown as one message. The
// client's Previewer must be a [Scaler]; otherwise the error is [ErrDetails].
//
// As in WhatsApp Web, the image is sent once, as it is, if it is not larger than 1600 pixels,
// view-once or part of an album, and in channels, broadcast lists, the status and chats with bots.
// [Sent].HD is nil then.
func WithHD() SendOption {
	return sendOption(func(s *sendSettings) { s.hd = true })
}

// WithSendRequest sets the extra argument of [whatsmeow.Client.SendMessage]. With an ID of your
// own, you can repeat a failed call, and recipients see the message once. For channels, SendMedia
// sets MediaHandle. For an album, extra applies to the announcement.
func WithSendRequest(extra whatsmeow.SendRequestExtra) MessageOption {
	return messageOption(func(s *sendSettings) { s.extra = extra })
}

// sendSettings returns the settings of one message.
func (c *Client) sendSettings(to types.JID, opts []SendOption) sendSettings {
	s := sendSettings{uploadSettings: uploadSettings{transfer: c.defaults, newsletter: to.Server == types.NewsletterServer}}
	apply(opts, func(opt SendOption) { opt.send(&s) })
	return s
}

// draft is a message that is being prepared and sent.
type draft struct {
	sendSettings
	client *Client
	to     types.JID
	src    io.Reader
	job    upload.Job
	found  *look // nil if nothing was previewed
	done   *Uploaded
	large  *message.Thumbnail // nil if there is none

	byContent bool // the kind follows from the content, not from an option
}

// draft checks src and the settings, and decides the kind of the message.
func (c *Client) draft(ctx context.Context, to types.JID, src io.Reader, s sendSettings) (*draft, error) {
	if source.IsNil(src) {
		return nil, errNilSource
	}
	if err := message.CheckRecipient(to, s.newsletter, s.ViewOnce); err != nil {
		return nil, err
	}
	head, rest, err := source.Peek(ctx, src)
	if err != nil {
		return nil, err
	}
	d := &draft{sendSettings: s, client: c, to: to, src: src}
	mime := source.Sniff(head)
	if s.kind != "" {
		err = message.CheckKind(s.kind, mime, head)
	} else {
		d.kind, d.byContent = d.kindOf(ctx, mime), true
	}
	if err == nil {
		err = d.Check(d.kind)
	}
	if err != nil {
		return nil, err
	}
	if d.FileName == "" {
		d.FileName = message.FileName(src, mime)
	}
	if err := d.pair(); err != nil {
		return nil, err
	}
	job, err := c.jobFor(rest, d.kind.MediaType(), d.uploadSettings)
	d.job = d.looking(job)
	return d, err
}

// kindOf returns the kind for the content. It previews the source early if the kind decides how it
// is uploaded.
func (d *draft) kindOf(ctx context.Context, mime string) Kind {
	kind := message.KindOf(mime)
	// whether it is a voice message must be known before the upload
	sound := kind == KindAudio && (d.newsletter || d.ViewOnce)
	if d.preview == nil && (kind == KindVideo || sound) {
		job := d.client.previewing(upload.Job{Source: d.src}, nil)
		if found, ok := d.client.uploads.LookAt(ctx, job).(*look); ok && found.preview != nil {
			d.preview = found.preview
		}
	}
	if p := d.preview; p != nil {
		return message.Refine(kind, p.Mimetype, p.Voice)
	}
	return kind
}

// looking sets job up to preview its source and to scale the picture that is uploaded separately.
func (d *draft) looking(job upload.Job) upload.Job {
	if _, says := d.src.(previewed); says && d.preview == nil {
		return job
	}
	job = d.client.previewing(job, d.preview)
	scaler, ok := d.client.previewer.(Scaler)
	preview := job.Look
	if !ok || preview == nil || d.newsletter || !d.hd && message.ThumbnailType(d.kind) == "" {
		return job
	}
	edge := message.LargeEdge
	if d.hd {
		edge = message.StandardEdge
	}
	job.Look = func(ctx context.Context, src io.ReaderAt, size int64) any {
		found, _ := preview(ctx, src, size).(*look)
		return &look{preview: found.preview, scaled: d.scale(ctx, scaler, src, size, edge)}
	}
	return job
}

// scale returns nil if the Scaler fails: the message then lacks that picture, but not the preview.
func (d *draft) scale(ctx context.Context, scaler Scaler, src io.ReaderAt, size int64, edge int) (scaled *Picture) {
	defer func() {
		if panicked := recover(); panicked != nil {
			d.client.Log.Warnf("Failed to scale: the previewer panicked: %v", panicked)
		}
	}()
	scaled, err := scaler.Scale(ctx, src, size, edge)
	if err != nil {
		d.client.Log.Warnf("Failed to scale: %v", err)
		return nil
	}
	return scaled
}

// pair decides whether the message is a pair of images.
func (d *draft) pair() error {
	if d.hd = d.hd && message.CanPair(d.to, d.kind, d.ViewOnce); !d.hd {
		return nil
	}
	if _, ok := d.client.previewer.(Scaler); !ok {
		return fmt.Errorf("%w: WithHD needs a Previewer that is a Scaler, such as that of package preview", ErrDetails)
	}
	return nil
}

// upload uploads the media.
func (d *draft) upload(ctx context.Context) error {
	result, err := d.client.run(ctx, d.job)
	if err != nil {
		return err
	}
	d.found, _ = result.Look.(*look)
	d.done = uploadedFrom(d.job, result, knownPreview(d.src, d.preview))
	p := d.done.Preview
	switch {
	case p == nil:
	case d.kind == KindPTT && p.NotVoice != "":
		return &SendError{Uploaded: d.done, Extra: d.extra, Err: message.NotVoice(p.NotVoice)}
	case d.kind == KindAudio && p.Voice && d.byContent && !d.newsletter: // a channel's went to the path for other audio
		d.kind = KindPTT
	}
	d.large = d.uploadThumbnail(ctx)
	return nil
}

// compose returns the message with the uploaded media.
func (d *draft) compose() *waE2E.Message {
	media := d.done.media()
	if d.large != nil {
		media.Large = d.large
	}
	return media.Compose(d.kind, d.Details)
}

// send sends the uploaded media.
func (d *draft) send(ctx context.Context) (*Sent, error) {
	if standard := d.standard(); standard != nil {
		return d.sendPair(ctx, standard)
	}
	return d.client.deliver(ctx, d.to, d.compose(), d.extra, d.done)
}

// uploadThumbnail uploads the larger thumbnail. It returns nil if there is none or its upload
// fails.
func (d *draft) uploadThumbnail(ctx context.Context) *message.Thumbnail {
	kind := message.ThumbnailType(d.kind)
	if kind == "" || d.found == nil || d.found.scaled == nil || d.done.MediaKey == nil {
		return nil
	}
	picture := d.found.scaled
	up, err := d.uploadPicture(ctx, picture, kind, encryption{mediaKey: d.done.MediaKey})
	if err != nil {
		d.client.Log.Warnf("Failed to upload the thumbnail: %v", err)
		return nil
	}
	return &message.Thumbnail{
		DirectPath: up.DirectPath, SHA256: up.FileSHA256, EncSHA256: up.FileEncSHA256,
		Width: picture.Width, Height: picture.Height,
	}
}

// uploadPicture uploads a scaled picture with the settings of the media, but without reporting its
// progress.
func (d *draft) uploadPicture(ctx context.Context, picture *Picture, mediaType whatsmeow.MediaType, enc encryption) (*Uploaded, error) {
	s := uploadSettings{transfer: transfer{sending: d.sending}, encryption: enc, withoutURL: d.withoutURL}
	job, err := d.client.jobFor(bytes.NewReader(picture.JPEG), mediaType, s)
	if err != nil {
		return nil, err
	}
	result, err := d.client.run(ctx, job)
	if err != nil {
		return nil, err
	}
	return uploadedFrom(job, result, enc.preview), nil
}

// standard returns the standard-quality image of a pair, or nil if the message is no pair.
func (d *draft) standard() *Picture {
	p := d.done.Preview
	if !d.hd || p == nil || d.found == nil || d.found.scaled == nil {
		return nil
	}
	standard := d.found.scaled
	if !message.Better(p.Width, p.Height, standard.Width, standard.Height) {
		return nil
	}
	return standard
}

// sendPair sends the standard-quality image and then the uploaded one as its HD copy.
func (d *draft) sendPair(ctx context.Context, standard *Picture) (*Sent, error) {
	p := *d.done.Preview
	p.Mimetype, p.Width, p.Height = "image/jpeg", standard.Width, standard.Height
	up, err := d.uploadPicture(ctx, standard, whatsmeow.MediaImage, encryption{preview: &p})
	if err != nil {
		return nil, &SendError{Uploaded: d.done, Message: d.compose(), Extra: d.extra, Err: err}
	}
	msg := up.media().Compose(d.kind, d.Details)
	message.MarkParent(msg.ImageMessage)
	sent, err := d.client.deliver(ctx, d.to, msg, d.extra, up)
	if err != nil {
		return nil, err
	}
	parent := d.client.BuildMessageKey(d.to, types.EmptyJID, sent.ID)
	sent.HD, err = d.client.deliver(ctx, d.to, d.done.media().HDChild(parent), whatsmeow.SendRequestExtra{}, d.done)
	return sent, err
}

// deliver sends a message. If the socket is down, it waits.
func (c *Client) deliver(ctx context.Context, to types.JID, msg *waE2E.Message, extra whatsmeow.SendRequestExtra, up *Uploaded) (*Sent, error) {
	if extra.ID == "" {
		extra.ID = c.GenerateMessageID()
	}
	if to.Server == types.NewsletterServer && up != nil {
		extra.MediaHandle = up.Handle
	}
	sent := &Sent{Message: msg, Uploaded: up}
	var err error
	sent.SendResponse, err = c.line.SendMessage(ctx, to, msg, extra)
	if err != nil {
		return nil, &SendError{Uploaded: up, Message: msg, Extra: extra, Err: err}
	}
	return sent, nil
}
