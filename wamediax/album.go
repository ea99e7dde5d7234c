package wamediax

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/fanout"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
)

// AlbumItem is a picture or video of an album.
type AlbumItem struct {
	Source  io.Reader
	Options []SendOption // for this item alone, such as its caption
}

// SentAlbum is an album that was sent, or what of it was.
type SentAlbum struct {
	Announcement *Sent   // without an Uploaded; nil if fewer than two items could be uploaded
	Items        []*Sent // by the index of the item; nil for one that failed
}

// ItemError is why an item of an album was not sent. If its upload has ended, Err is a [SendError].
type ItemError struct {
	Index int
	Err   error
}

// Error says which item it was, and why.
func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap returns why the item was not sent.
func (e *ItemError) Unwrap() error { return e.Err }

// SendAlbum sends 2 to 30 pictures and videos as one album. It uploads them in parallel ([WithParallelism] of [Wrap]), then
// announces those that it could upload, and sends them in their order. opts are for all of them; of [WithCaption] the first
// item gets the text, and [WithContextInfo] and [WithSendRequest] go to the announcement, where people see what it answers.
//
//	album, err := client.SendAlbum(ctx, chat, items, wamediax.WithCaption("Our tour"))
//
// An item that fails stops no other: the error joins an [ItemError] for each, and what was sent is returned beside it. If one
// item alone is left, it is sent by itself. Albums cannot be sent to channels, bots and the status, and nothing in them can be
// viewed once; [WithHD] does nothing. Options that would make several items one are an error: a media key, a resume ID, a
// Preview.
func (c *Client) SendAlbum(ctx context.Context, to types.JID, items []AlbumItem, opts ...SendOption) (*SentAlbum, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	common := c.sendSettings(to, opts)
	err = message.CheckAlbum(to, len(items))
	if err == nil && (common.mediaKey != nil || common.resumeID != "" || common.preview != nil) {
		err = errors.New("WithMediaKey, WithResumeID and WithPreview are for one item each: put them into its Options")
	}
	if err != nil {
		return nil, fmt.Errorf("failed to send album: %w", err)
	}
	a := &album{client: c, to: to, common: common, SentAlbum: SentAlbum{Items: make([]*Sent, len(items))}, drafts: make([]*draft, len(items))}
	a.upload(ctx, items)
	a.send(ctx)
	return &a.SentAlbum, errors.Join(a.errs...)
}

// album is an album on its way.
type album struct {
	SentAlbum
	client *Client
	to     types.JID
	common sendSettings
	drafts []*draft // by the index of the item; nil for one that failed
	errs   []error
}

// fail notes why an item was not sent.
func (a *album) fail(index int, err error) { a.errs = append(a.errs, &ItemError{index, err}) }

// upload uploads the items.
func (a *album) upload(ctx context.Context, items []AlbumItem) {
	a.common.progress = oneAtATime(a.common.progress)
	indices := make([]int, len(items))
	for i := range items {
		indices[i] = i
	}
	errs := make([]error, len(items))
	for i, err := range fanout.Each(ctx, a.client.bulk.parallelism, indices, func(ctx context.Context, i int) error {
		d, err := a.member(ctx, i, items[i])
		if err == nil {
			err = d.upload(ctx)
		}
		if err == nil {
			a.drafts[i] = d
		}
		return err
	}) {
		errs[i] = err
	}
	for i, err := range errs {
		if err != nil {
			a.fail(i, err)
		}
	}
}

// member returns the draft of an item.
func (a *album) member(ctx context.Context, index int, item AlbumItem) (*draft, error) {
	s := a.common
	s.hd, s.extra = false, whatsmeow.SendRequestExtra{}
	s.Context = message.Unquoted(s.Context)
	if index > 0 {
		s.Caption = ""
	}
	if report := s.progress; report != nil {
		s.progress = func(p Progress) {
			p.Item = index
			report(p)
		}
	}
	apply(item.Options, func(opt SendOption) { opt.send(&s) })
	s.hd = false
	d, err := a.client.draft(ctx, a.to, item.Source, s)
	if err != nil {
		return nil, err
	}
	return d, message.CheckMember(d.kind, d.Details)
}

// send announces what was uploaded and sends it.
func (a *album) send(ctx context.Context) {
	var kinds []Kind
	for _, d := range a.drafts {
		if d != nil {
			kinds = append(kinds, d.kind)
		}
	}
	if announcement := message.Announcement(kinds, a.common.Context); announcement != nil {
		sent, err := a.client.deliver(ctx, a.to, announcement, a.common.extra, nil)
		if err != nil {
			a.announcementFailed(err)
			return
		}
		a.Announcement = sent
	}
	for i, d := range a.drafts {
		if d == nil {
			continue
		}
		msg := d.compose()
		if a.Announcement != nil {
			parent := a.client.BuildMessageKey(a.to, types.EmptyJID, a.Announcement.ID)
			message.Associate(msg, waE2E.MessageAssociation_MEDIA_ALBUM, parent)
		}
		sent, err := a.client.deliver(ctx, a.to, msg, d.extra, d.done)
		if err != nil {
			a.fail(i, err)
			continue
		}
		a.Items[i] = sent
	}
}

// announcementFailed reports the items that are not sent because the announcement was not.
func (a *album) announcementFailed(err error) {
	for i, d := range a.drafts {
		if d != nil {
			extra := d.extra
			if extra.ID == "" {
				extra.ID = a.client.GenerateMessageID()
			}
			a.fail(i, &SendError{Uploaded: d.done, Message: d.compose(), Extra: extra, Err: fmt.Errorf("failed to announce the album: %w", err)})
		}
	}
}
