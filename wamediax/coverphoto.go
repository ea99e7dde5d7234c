package wamediax

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/iq"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// CoverPhoto names an uploaded cover photo of a business profile.
type CoverPhoto struct {
	ID        string    // decimal; keep it to remove the photo later
	Token     string    // proves to WhatsApp that it was uploaded for this account; secret
	Timestamp time.Time // of the upload, as the CDN says, to the second
}

// UploadCoverPhoto uploads a picture for the top of a business profile. Nobody sees it before [Client.SetCoverPhoto]. It is
// not encrypted. src and the errors are as for [Client.UploadMedia].
func (c *Client) UploadCoverPhoto(ctx context.Context, src io.Reader, opts ...SendingOption) (CoverPhoto, error) {
	if err := c.check(); err != nil {
		return CoverPhoto{}, err
	}
	s := uploadSettings{transfer: c.defaults}
	apply(opts, func(opt SendingOption) { opt.upload(&s) })
	job, err := s.complete(upload.Job{Source: src, MediaType: mediatype.CoverPhoto, Dest: upload.CoverPhoto()}, encryption{})
	if err != nil {
		return CoverPhoto{}, err
	}
	result, err := c.run(ctx, job)
	if err != nil {
		return CoverPhoto{}, err
	}
	resp := result.Response
	return CoverPhoto{ID: resp.FBID, Token: resp.MetaHMAC, Timestamp: time.Unix(resp.Timestamp, 0)}, nil
}

// SetCoverPhoto shows an uploaded photo at the top of the own business profile, in place of the one that is there. An
// account that is no business gets a [*whatsmeow.IQError]; a socket that is down is waited for, 30 s at most.
func (c *Client) SetCoverPhoto(ctx context.Context, photo CoverPhoto) error {
	if photo.ID == "" || photo.Token == "" {
		return errors.New("failed to set the cover photo: it has not been uploaded")
	}
	err := c.changeBusinessProfile(ctx, waBinary.Node{Tag: "cover_photo", Attrs: waBinary.Attrs{
		"op": "update", "id": photo.ID, "token": photo.Token, "ts": strconv.FormatInt(photo.Timestamp.Unix(), 10),
	}})
	if err != nil {
		return fmt.Errorf("failed to set the cover photo: %w", err)
	}
	return nil
}

// RemoveCoverPhoto takes a photo off the own business profile. id is the [CoverPhoto].ID under which it was set. The errors
// are as for [Client.SetCoverPhoto].
func (c *Client) RemoveCoverPhoto(ctx context.Context, id string) error {
	if id == "" {
		return errors.New("failed to remove the cover photo: no id")
	}
	err := c.changeBusinessProfile(ctx, waBinary.Node{Tag: "cover_photo", Attrs: waBinary.Attrs{"op": "delete", "id": id}})
	if err != nil {
		return fmt.Errorf("failed to remove the cover photo: %w", err)
	}
	return nil
}

// changeBusinessProfile changes the named part of the own business profile and leaves the others as they are.
func (c *Client) changeBusinessProfile(ctx context.Context, change waBinary.Node) error {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	_, err = iq.Query(ctx, c.line, whatsmeow.DangerousInfoQuery{
		Namespace: "w:biz",
		Type:      "set",
		To:        types.ServerJID,
		Content: []waBinary.Node{{
			Tag:     "business_profile",
			Attrs:   waBinary.Attrs{"v": "3", "mutation_type": "delta"},
			Content: []waBinary.Node{change},
		}},
	})
	return err
}
