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
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// mediaCoverPhoto is what the cover photo of a business profile is called in media_conn. It has no place in a message.
const mediaCoverPhoto whatsmeow.MediaType = "biz-cover-photo"

// coverPhotoDestination is where they go (PROTOCOL: WA Web; Baileys' updateCoverPhoto sends them unencrypted too).
var coverPhotoDestination = destination{path: "/pps/biz-cover-photo", mmsType: "biz-cover-photo", naming: resume.ByFBID}

// CoverPhoto names an uploaded cover photo of a business profile.
type CoverPhoto struct {
	ID        string    // decimal; keep it to remove the photo later
	Token     string    // proves to WhatsApp that it was uploaded for this account; secret
	Timestamp time.Time // of the upload, as the CDN says, to the second
}

// UploadCoverPhoto uploads a picture for the top of a business profile. Nobody sees it before [Client.SetCoverPhoto]. It is
// not encrypted. src and the errors are as for [Client.UploadMedia]; of the options WithProgress is of use, and a media key
// is [streamenc.ErrNotEncrypted].
func (c *Client) UploadCoverPhoto(ctx context.Context, src io.Reader, opts ...UploadOption) (CoverPhoto, error) {
	s := uploadSettings{coverPhoto: true}
	for _, opt := range opts {
		opt(&s)
	}
	if err := c.aim(mediaCoverPhoto, &s); err != nil {
		return CoverPhoto{}, err
	}
	_, resp, err := c.uploadObject(ctx, src, &s)
	if err != nil {
		return CoverPhoto{}, err
	}
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
	if c == nil || c.Client == nil {
		return whatsmeow.ErrClientIsNil
	}
	_, err := iq.Query(ctx, c.line, whatsmeow.DangerousInfoQuery{
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
