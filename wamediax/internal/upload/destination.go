package upload

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Target describes an object and its recipients.
type Target struct {
	MediaType  whatsmeow.MediaType
	Kind       mediatype.Kind // of that media type; "" for the usual one
	Newsletter bool
	Messenger  bool // a Messenger account
	Finer      bool // use WhatsApp Web's separate path for the kind, if there is one
}

// Destination is where objects of one kind are uploaded to.
type Destination struct {
	path      string // upload path, such as "/mms/image"
	finer     string // path to try first, such as "/mms/sticker"; "" for none
	mmsType   string // as in media_conn
	encrypted bool
	naming    resume.Naming
	thumbnail bool // ask hosts to make a small picture
	lastFirst bool // start with the last host of media_conn
}

// Destination returns the upload path. Newsletter media has a path for each kind and is not
// encrypted (WA Web's WAWebMmsClientFormatHashUrl). Media of a Messenger account has a prefix, has
// no audio except voice messages, and is accepted only by the last host (whatsmeow).
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
		dest := Destination{path: "/mms/" + mmsType, mmsType: mmsType, encrypted: true}
		if finer := string(t.Kind); t.Finer && slices.Contains(finerPaths, t.Kind) {
			dest.finer, dest.mmsType = "/mms/"+finer, finer
		}
		return dest, nil
	}
}

// finerPaths are the kinds with a separate path (WA Web, zapo). The versions of WA Web that were
// read have none for video notes.
var finerPaths = []mediatype.Kind{mediatype.KindSticker, mediatype.KindGIF, mediatype.KindPTT, mediatype.KindPTV}

// CoverPhoto is the destination of a business profile's cover photo (PROTOCOL: WA Web; Baileys'
// updateCoverPhoto, which does not encrypt it either).
func CoverPhoto() Destination {
	return Destination{path: "/pps/biz-cover-photo", mmsType: "biz-cover-photo", naming: resume.ByFBID}
}

// Encrypted reports whether objects are encrypted.
func (dest Destination) Encrypted() bool { return dest.encrypted }

// choose returns the hosts for an upload in media_conn's order, the one to start with first.
func (dest Destination) choose(hosts []cdn.Host) []cdn.Host {
	ours := cdn.ForUpload(hosts, dest.mmsType)
	if last := len(ours) - 1; dest.lastFirst && last > 0 {
		first := ours[last]
		first.Fallback = false
		ours = append([]cdn.Host{first}, ours[:last]...)
	}
	return ours
}

// hosts is a ConnSource limited to the hosts that accept dest's media.
type hosts struct {
	source cdn.ConnSource
	dest   Destination
	first  string // name of the host to start with, if listed; "" for none
}

func (h hosts) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	conn, err := h.source.Conn(ctx, stale)
	if err != nil {
		return nil, err
	}
	chosen := *conn
	chosen.Hosts = beginningWith(h.first, h.dest.choose(conn.Hosts))
	return &chosen, nil
}

// beginningWith puts the host with this name first.
func beginningWith(name string, hosts []cdn.Host) []cdn.Host {
	if name == "" || !slices.Contains(cdn.InOrder(hosts), name) {
		return hosts
	}
	return append([]cdn.Host{{Name: name}}, hosts...)
}
