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
	// ErrKind: the content cannot be shown as what it was to be sent as, such as a stereo file as a voice message. The error
	// says what to do.
	ErrKind = message.ErrKind
	// ErrDetails: a message of this kind, or in this chat, cannot have a caption or be viewed once.
	ErrDetails = message.ErrDetails
)

// Sent is a message that was sent. The server has it.
type Sent struct {
	whatsmeow.SendResponse
	Message  *waE2E.Message
	Uploaded *Uploaded
	HD       *Sent // the copy in high quality, if there is one: see [WithHD]
}

// SendError is a message that was made, of an upload that has ended, and not sent as far as is known. Nothing is lost: send it
// again, under the same ID, so that it is shown once even if it did arrive:
//
//	var failed *wamediax.SendError
//	if errors.As(err, &failed) {
//		_, err = client.SendMessage(ctx, chat, failed.Message, failed.Extra)
//	}
type SendError struct {
	Uploaded *Uploaded                  // nil if nothing was uploaded for it
	Message  *waE2E.Message             // nil if the file turned out not to be of the kind that was asked for
	Extra    whatsmeow.SendRequestExtra // with the message's ID
	Err      error
}

// Error says why the message was not sent.
func (e *SendError) Error() string {
	return fmt.Sprintf("failed to send the media after its upload: %v", e.Err)
}

// Unwrap returns why the message was not sent.
func (e *SendError) Unwrap() error { return e.Err }

// SendMedia uploads what src holds and sends it to a chat: a person, a group, a channel or [types.StatusBroadcastJID]. What it
// is sent as depends on its content, as [Sniff] says: an image, a video, audio, or else a document. Opus in Ogg is a voice
// message if a Previewer finds that phones play it as one. [AsVoice] and its like ask for something else; content that phones
// cannot show as that is [ErrKind], before anything is sent.
//
//	sent, err := client.SendMedia(ctx, chat, file, wamediax.WithCaption("The minutes of today"))
//
// With [WithPreviewer] the message has everything that people see before they open it. If the Previewer is a [Scaler], a
// video or document also gets a larger thumbnail, which is uploaded beside it.
//
// src is read as by [Client.UploadMedia], whose options apply. For a channel nothing is encrypted, as by [ForNewsletter], and
// the message has no key. A socket that breaks is waited for, up to 30 seconds, and the message sent again under its ID. An
// error after the upload is a [SendError]; if it is the HD copy's, the message that was sent is returned beside it. The other errors are those of UploadMedia and [whatsmeow.Client.SendMessage].
//
// It must not be called within an event handler for media that is large: whatsmeow handles one event at a time.
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

// AsImage sends a JPEG, PNG or WebP as an image. It is [WithKind] with [KindImage].
func AsImage() UploadOption { return WithKind(KindImage) }

// AsVideo sends an MP4, 3GPP or QuickTime as a video.
func AsVideo() UploadOption { return WithKind(KindVideo) }

// AsGIF sends an MP4 that repeats without sound. A GIF has to be converted to MP4 before.
func AsGIF() UploadOption { return WithKind(KindGIF) }

// AsRoundVideo sends an MP4, which should be square, as a video note.
func AsRoundVideo() UploadOption { return WithKind(KindPTV) }

// AsVoice sends mono Opus in Ogg as a voice message. Package preview/voice makes it of other sound.
func AsVoice() UploadOption { return WithKind(KindPTT) }

// AsAudio sends audio as a file with a player, even if phones would play it as a voice message.
func AsAudio() UploadOption { return WithKind(KindAudio) }

// AsDocument sends anything as a document: people get the file as it is.
func AsDocument() UploadOption { return WithKind(KindDocument) }

// AsSticker sends a WebP as a sticker. Package stickerpack/convert makes them.
func AsSticker() UploadOption { return WithKind(KindSticker) }

// WithCaption sets the text below an image, video, GIF or document. Other kinds have none: [ErrDetails].
func WithCaption(text string) SendOption {
	return sendOption(func(s *sendSettings) { s.Caption = text })
}

// WithFileName sets what a document is called: the name of the file, or "document" with an extension. Other kinds have no name.
func WithFileName(name string) SendOption {
	return sendOption(func(s *sendSettings) { s.FileName = name })
}

// WithContextInfo sets what a message refers to: the one that it answers, who is mentioned in the caption, when it disappears.
// It is copied.
func WithContextInfo(info *waE2E.ContextInfo) MessageOption {
	return messageOption(func(s *sendSettings) { s.Context = info })
}

// WithViewOnce has an image, video or voice message disappear once it was opened. Other kinds, and channels, cannot: that is
// [ErrDetails].
func WithViewOnce() SendOption {
	return sendOption(func(s *sendSettings) { s.ViewOnce = true })
}

// WithHD sends an image twice, as WhatsApp Web does: with at most 1600 pixels per edge, and as it is, which phones load when
// people open it. Both are shown as one. The client's Previewer must be a [Scaler], or else the error is [ErrDetails].
//
// The image is sent once, as it is, where WhatsApp Web does so too: in channels, broadcast lists, the status and chats with
// bots, to be viewed once, as a member of an album, and where it is no larger than that. [Sent].HD tells.
func WithHD() SendOption {
	return sendOption(func(s *sendSettings) { s.hd = true })
}

// WithSendRequest sets what [whatsmeow.Client.SendMessage] takes beside the message. With an ID of the caller's own a call
// that failed can be repeated, and the message is shown once. MediaHandle is set for channels. Of an album it is the
// announcement's.
func WithSendRequest(extra whatsmeow.SendRequestExtra) MessageOption {
	return messageOption(func(s *sendSettings) { s.extra = extra })
}

// sendSettings are the settings of one message.
func (c *Client) sendSettings(to types.JID, opts []SendOption) sendSettings {
	s := sendSettings{uploadSettings: uploadSettings{transfer: c.defaults, newsletter: to.Server == types.NewsletterServer}}
	apply(opts, func(opt SendOption) { opt.send(&s) })
	return s
}

// draft is a message on its way.
type draft struct {
	sendSettings
	client *Client
	to     types.JID
	src    io.Reader
	job    upload.Job
	found  *look // nil: nothing
	done   *Uploaded
	large  *message.Thumbnail // nil for none

	byContent bool // the caller has not said what it is sent as
}

// draft finds out what src is sent as.
func (c *Client) draft(ctx context.Context, to types.JID, src io.Reader, s sendSettings) (*draft, error) {
	if isNil(src) {
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

// kindOf returns what the content is best sent as. That an MP4 has sound alone, only a Previewer finds.
func (d *draft) kindOf(ctx context.Context, mime string) Kind {
	kind := message.KindOf(mime)
	sound := kind == KindAudio && (d.newsletter || d.ViewOnce) // it matters early whether it is a voice message
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

// looking has the client's Previewer look at the source of job, and make the pictures that are uploaded beside it.
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

// scale returns nil where the Scaler fails, which costs a picture and not the preview.
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

// pair decides whether the message is a pair.
func (d *draft) pair() error {
	if d.hd = d.hd && message.CanPair(d.to, d.kind, d.ViewOnce); !d.hd {
		return nil
	}
	if _, ok := d.client.previewer.(Scaler); !ok {
		return fmt.Errorf("%w: for a pair with an HD image the client's Previewer must be a Scaler, as that of package preview", ErrDetails)
	}
	return nil
}

// upload puts the media onto the CDN.
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
	case d.kind == KindAudio && p.Voice && d.byContent && !d.newsletter: // there it went to the path for other audio
		d.kind = KindPTT
	}
	d.large = d.uploadThumbnail(ctx)
	return nil
}

// compose returns the message with what was uploaded.
func (d *draft) compose() *waE2E.Message {
	media := d.done.media()
	if d.large != nil {
		media.Large = d.large
	}
	return media.Compose(d.kind, d.Details)
}

// send sends what was uploaded.
func (d *draft) send(ctx context.Context) (*Sent, error) {
	if standard := d.standard(); standard != nil {
		return d.sendPair(ctx, standard)
	}
	return d.client.deliver(ctx, d.to, d.compose(), d.extra, d.done)
}

// uploadThumbnail uploads the larger thumbnail, if there is one. If that fails, the message goes without.
func (d *draft) uploadThumbnail(ctx context.Context) *message.Thumbnail {
	kind := message.ThumbnailType(d.kind)
	if kind == "" || d.found == nil || d.found.scaled == nil || d.done.MediaKey == nil {
		return nil
	}
	picture := d.found.scaled
	job, err := d.client.jobFor(bytes.NewReader(picture.JPEG), kind, uploadSettings{
		transfer: transfer{sending: d.sending}, encryption: encryption{mediaKey: d.done.MediaKey},
	})
	if err == nil {
		var result upload.Result
		if result, err = d.client.run(ctx, job); err == nil {
			return &message.Thumbnail{
				DirectPath: result.Response.DirectPath, SHA256: result.Info.FileSHA256, EncSHA256: result.Info.FileEncSHA256,
				Width: picture.Width, Height: picture.Height,
			}
		}
	}
	d.client.Log.Warnf("Failed to upload the thumbnail: %v", err)
	return nil
}

// standard returns the image in standard quality, if the message is a pair.
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

// sendPair sends the image in standard quality, and then the one that was uploaded as its HD copy.
func (d *draft) sendPair(ctx context.Context, standard *Picture) (*Sent, error) {
	p := *d.done.Preview
	p.Mimetype, p.Width, p.Height = "image/jpeg", standard.Width, standard.Height
	up, err := d.client.UploadMedia(ctx, bytes.NewReader(standard.JPEG), whatsmeow.MediaImage, WithPreview(&p))
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

// deliver sends a message. While the socket is down it waits; whatsmeow's calls, which do not end with their context, are left
// behind if they must be.
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
