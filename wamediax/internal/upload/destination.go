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

// Target says what an object is and whom it is for.
type Target struct {
	MediaType  whatsmeow.MediaType
	Kind       mediatype.Kind // of that media type; "": the usual one
	Newsletter bool
	Messenger  bool // the account is one of Messenger
	Finer      bool // WhatsApp Web's own path for the kind, if there is one
}

// Destination is where objects of one kind go.
type Destination struct {
	path      string // upload path, as "/mms/image"
	finer     string // path that is tried before that one, as "/mms/sticker"; "": none
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
		dest := Destination{path: "/mms/" + mmsType, mmsType: mmsType, encrypted: true}
		if finer := string(t.Kind); t.Finer && slices.Contains(finerPaths, t.Kind) {
			dest.finer, dest.mmsType = "/mms/"+finer, finer
		}
		return dest, nil
	}
}

// finerPaths are the kinds that have a path of their own beside that of their media type: WA Web, zapo. In versions of WA Web
// that were read, a video note has none.
var finerPaths = []mediatype.Kind{mediatype.KindSticker, mediatype.KindGIF, mediatype.KindPTT, mediatype.KindPTV}

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
	first  string // the name to begin with, if it is among them; "": none
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

// beginningWith puts the host of that name first, whatever else it is.
func beginningWith(name string, hosts []cdn.Host) []cdn.Host {
	if name == "" || !slices.Contains(cdn.InOrder(hosts), name) {
		return hosts
	}
	return append([]cdn.Host{{Name: name}}, hosts...)
}
