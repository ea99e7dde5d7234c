package upload

import (
	"cmp"
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Target says what an object is and whom it is for.
type Target struct {
	MediaType  whatsmeow.MediaType
	Kind       mediatype.Kind // of that media type; "": the usual one
	Newsletter bool
	Messenger  bool // the account is one of Messenger
}

// Destination is where objects of one kind go.
type Destination struct {
	path      string // upload path, as "/mms/image"
	mmsType   string // as media_conn lists it
	encrypted bool
	naming    resume.Naming
	thumbnail bool // hosts are asked for a small picture too
	lastFirst bool // the last host of media_conn is the one to begin with
}

// Destination finds the upload path. Newsletter media has a path for each kind and is not encrypted (WA Web's
// WAWebMmsClientFormatHashUrl); a Messenger account's media has a prefix, knows no audio but voice messages, and is taken by
// the last host only (both as whatsmeow).
func (t Target) Destination() (Destination, error) {
	mmsType := mediatype.MMSType(t.MediaType)
	if mmsType == "" {
		return Destination{}, fmt.Errorf("%w %q", whatsmeow.ErrUnknownMediaType, string(t.MediaType))
	}
	if t.Kind != "" && t.Kind.MediaType() != t.MediaType {
		return Destination{}, fmt.Errorf("media of kind %q cannot be uploaded as %q", string(t.Kind), string(t.MediaType))
	}
	if t.Messenger && mmsType == "audio" {
		mmsType = "ptt"
	}
	switch {
	case t.Newsletter:
		mmsType = "newsletter-" + cmp.Or(string(t.Kind), mmsType)
		return Destination{
			path: "/newsletter/" + mmsType, mmsType: mmsType, naming: resume.ByDirectPath,
			thumbnail: mmsType == "newsletter-image" || mmsType == "newsletter-video", lastFirst: t.Messenger,
		}, nil
	case t.MediaType == mediatype.ProductImage:
		return Destination{path: "/product/image", mmsType: mmsType, naming: resume.ByDirectPath, lastFirst: t.Messenger}, nil
	case t.Messenger:
		return Destination{path: "/wa-msgr/mms/" + mmsType, mmsType: mmsType, encrypted: true, lastFirst: true}, nil
	default:
		return Destination{path: "/mms/" + mmsType, mmsType: mmsType, encrypted: true}, nil
	}
}

// CoverPhoto is where the picture at the top of a business profile goes (PROTOCOL: WA Web; Baileys' updateCoverPhoto sends
// them unencrypted too).
func CoverPhoto() Destination {
	return Destination{path: "/pps/biz-cover-photo", mmsType: "biz-cover-photo", naming: resume.ByFBID}
}

// Encrypted reports whether objects are encrypted there.
func (dest Destination) Encrypted() bool { return dest.encrypted }

// choose lists the hosts for an upload, in the order in which media_conn has them, the one to begin with first.
func (dest Destination) choose(hosts []cdn.Host) []cdn.Host {
	ours := cdn.ForUpload(hosts, dest.mmsType)
	if last := len(ours) - 1; dest.lastFirst && last > 0 {
		first := ours[last]
		first.Fallback = false
		ours = append([]cdn.Host{first}, ours[:last]...)
	}
	return ours
}

// hosts hands out the hosts that take dest's kind of media.
type hosts struct {
	source cdn.ConnSource
	dest   Destination
}

func (h hosts) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	conn, err := h.source.Conn(ctx, stale)
	if err != nil {
		return nil, err
	}
	chosen := *conn
	chosen.Hosts = h.dest.choose(conn.Hosts)
	return &chosen, nil
}
