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

// AlbumItem is one picture or video of an album.
type AlbumItem struct {
	Source  io.Reader
	Options []SendOption // for this item only, such as its caption
}

// ItemError reports that an item of an album was not sent. If the item had been uploaded, Err is a
// [SendError].
type ItemError struct {
	Index int
	Err   error
}

// Error returns the index of the item and the reason.
func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap returns the reason.
func (e *ItemError) Unwrap() error { return e.Err }

// SendAlbum sends 2 to 30 pictures and videos as one album. It uploads them in parallel
// ([WithParallelism], as set in [Wrap]), announces those that were uploaded, and sends them in
// order. opts apply to every item, except that the text of [WithCaption] goes to the first item,
// and [WithContextInfo] and [WithSendRequest] go to the announcement, which carries the quoted
// message.
//
//	sent, err := client.SendAlbum(ctx, chat, items, wamediax.WithCaption("Our tour"))
//
// SendAlbum returns one [Sent] per item, in order, whose Album is the announcement. A failed item
// does not stop the others: its Sent is nil, and the error joins one [ItemError] for each failed
// item. A single remaining item is sent without an album.
//
// Channels, bots, the status and broadcast lists take no albums. Items cannot be view-once, and
// [WithHD] has no effect. A media key, resume ID or Preview belongs in the Options of one item: in
// opts it is an error.
func (c *Client) SendAlbum(ctx context.Context, to types.JID, items []AlbumItem, opts ...SendOption) ([]*Sent, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	common := c.sendSettings(to, opts)
	err = message.CheckAlbum(to, len(items))
	if err == nil && (common.mediaKey != nil || common.resumeID != "" || common.preview != nil) {
		err = errors.New("WithMediaKey, WithResumeID and WithPreview apply to one item: set them in its Options")
	}
	if err != nil {
		return nil, fmt.Errorf("failed to send album: %w", err)
	}
	a := &album{client: c, to: to, common: common, sent: make([]*Sent, len(items)), drafts: make([]*draft, len(items))}
	a.upload(ctx, items)
	a.send(ctx)
	return a.sent, errors.Join(a.errs...)
}

// album is an album that is being sent.
type album struct {
	client *Client
	to     types.JID
	common sendSettings
	drafts []*draft // one per item; nil for an item that failed
	sent   []*Sent  // the same
	errs   []error
}

// fail records why an item was not sent.
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

// member returns the draft of one item.
func (a *album) member(ctx context.Context, index int, item AlbumItem) (*draft, error) {
	s := a.common
	s.extra = whatsmeow.SendRequestExtra{}
	s.Context = message.Unquoted(s.Context)
	if index > 0 {
		s.Caption = ""
	}
	apply(item.Options, func(opt SendOption) { opt.send(&s) })
	s.hd = false
	if report := s.progress; report != nil {
		s.progress = func(p Progress) {
			p.Item = index
			report(p)
		}
	}
	d, err := a.client.draft(ctx, a.to, item.Source, s)
	if err != nil {
		return nil, err
	}
	return d, message.CheckMember(d.kind, d.Details)
}

// send announces the uploaded items and sends them.
func (a *album) send(ctx context.Context) {
	var kinds []Kind
	for _, d := range a.drafts {
		if d != nil {
			kinds = append(kinds, d.kind)
		}
	}
	var announced *Sent
	if announcement := message.Announcement(kinds, a.common.Context); announcement != nil {
		var err error
		if announced, err = a.client.deliver(ctx, a.to, announcement, a.common.extra, nil); err != nil {
			a.announcementFailed(err)
			return
		}
	}
	for i, d := range a.drafts {
		if d == nil {
			continue
		}
		msg := d.compose()
		if announced != nil {
			parent := a.client.BuildMessageKey(a.to, types.EmptyJID, announced.ID)
			message.Associate(msg, waE2E.MessageAssociation_MEDIA_ALBUM, parent)
		}
		sent, err := a.client.deliver(ctx, a.to, msg, d.extra, d.done)
		if err != nil {
			a.fail(i, err)
			continue
		}
		sent.Album = announced
		a.sent[i] = sent
	}
}

// announcementFailed fails every uploaded item, because the announcement was not sent.
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
