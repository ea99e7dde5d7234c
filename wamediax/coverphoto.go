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

// CoverPhoto identifies an uploaded cover photo of a business profile.
type CoverPhoto struct {
	ID        string    // decimal; keep it to remove the photo later
	Token     string    // proves that this account uploaded it; secret
	Timestamp time.Time // of the upload, from the CDN, in seconds
}

// UploadCoverPhoto uploads a picture for the top of a business profile, unencrypted. It becomes
// visible with [Client.SetCoverPhoto]. src and the errors are as for [Client.UploadMedia].
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

// SetCoverPhoto makes an uploaded photo the cover of the account's business profile, replacing the
// current one. For an account without a business profile it returns a [*whatsmeow.IQError]. If the
// socket is down, it waits up to 30 s.
func (c *Client) SetCoverPhoto(ctx context.Context, photo CoverPhoto) error {
	if photo.ID == "" || photo.Token == "" || photo.Timestamp.IsZero() {
		return errors.New("failed to set the cover photo: ID, token or timestamp is missing: upload it with UploadCoverPhoto first")
	}
	err := c.changeBusinessProfile(ctx, waBinary.Node{Tag: "cover_photo", Attrs: waBinary.Attrs{
		"op": "update", "id": photo.ID, "token": photo.Token, "ts": strconv.FormatInt(photo.Timestamp.Unix(), 10),
	}})
	if err != nil {
		return fmt.Errorf("failed to set the cover photo: %w", err)
	}
	return nil
}

// RemoveCoverPhoto removes the cover photo from the account's business profile. id is the
// [CoverPhoto].ID that was set. The errors are as for [Client.SetCoverPhoto].
func (c *Client) RemoveCoverPhoto(ctx context.Context, id string) error {
	if id == "" {
		return errors.New("failed to remove the cover photo: ID is empty")
	}
	err := c.changeBusinessProfile(ctx, waBinary.Node{Tag: "cover_photo", Attrs: waBinary.Attrs{"op": "delete", "id": id}})
	if err != nil {
		return fmt.Errorf("failed to remove the cover photo: %w", err)
	}
	return nil
}

// changeBusinessProfile changes one part of the account's business profile.
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
