package fetch

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/socket"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// object is a message's description of its media. The sender chose all of it.
type object struct {
	directPath string
	mediaType  whatsmeow.MediaType
	mmsType    string
	key        []byte // empty: not encrypted
	encSHA256  []byte
	sha256     []byte // empty: not checked
	length     int64  // bytes of plaintext; 0: the message has none
	sidecar    []byte
}

func objectOf(msg whatsmeow.DownloadableMessage, s *settings) (*object, error) {
	if msg == nil {
		return nil, fmt.Errorf("%w: message is nil", whatsmeow.ErrUnknownMediaType)
	}
	o := &object{mediaType: whatsmeow.GetMediaType(msg)}
	if msg, ok := msg.(interface{ GetMMSType() string }); ok {
		o.mmsType = msg.GetMMSType()
	}
	if o.mmsType == "" {
		o.mmsType = mediatype.MMSType(o.mediaType)
	}
	if o.mmsType == "" && !s.withoutHashes {
		return nil, fmt.Errorf("%w %T", whatsmeow.ErrUnknownMediaType, msg)
	}
	if o.directPath = msg.GetDirectPath(); o.directPath == "" {
		return nil, whatsmeow.ErrNoURLPresent
	}
	o.sha256 = msg.GetFileSHA256()
	// The condition is whatsmeow's: media of newsletters and products has no key, or a key without
	// a ciphertext hash.
	if key, encSHA256 := msg.GetMediaKey(), msg.GetFileEncSHA256(); len(key) > 0 && len(encSHA256) > 0 {
		o.key, o.encSHA256 = key, encSHA256
		if s.anyPlaintextHash {
			o.sha256 = nil
		}
	} else if len(o.sha256) == 0 && !s.withoutHashes {
		return nil, errNoHash
	}
	if msg, ok := msg.(interface{ GetFileLength() uint64 }); ok && msg.GetFileLength() < math.MaxInt64/2 {
		o.length = int64(msg.GetFileLength())
	}
	if msg, ok := msg.(interface{ GetStreamingSidecar() []byte }); ok && o.encrypted() {
		o.sidecar = msg.GetStreamingSidecar()
	}
	return o, nil
}

func (o *object) encrypted() bool { return len(o.key) > 0 }

// choose returns the hosts that serve the object.
func (o *object) choose(hosts []cdn.Host) []cdn.Host { return cdn.ForDownload(hosts, o.mmsType) }

// maxPlaintext returns the largest allowed plaintext in bytes: the smaller of limit (0: no limit)
// and the message's length.
func (o *object) maxPlaintext(limit int64) int64 {
	most := int64(math.MaxInt64 / 2)
	for _, bytes := range []int64{o.length, limit} {
		if bytes > 0 {
			most = min(most, bytes)
		}
	}
	return most
}

// objectSize returns how many bytes plaintext bytes take on a host.
func (o *object) objectSize(plaintext int64) int64 {
	if o.encrypted() {
		return streamenc.EncryptedSize(plaintext)
	}
	return plaintext
}

// request returns a GET or HEAD request for the object at directPath.
func (o *object) request(method, host, directPath string) (*http.Request, error) {
	if !strings.HasPrefix(directPath, "/") {
		return nil, fmt.Errorf("direct path %.100q does not begin with a slash", directPath)
	}
	separator := "&"
	if !strings.Contains(directPath, "?") {
		separator = "?"
	}
	// The URL has whatsmeow's form, with an empty hash for media that is not encrypted.
	target := fmt.Sprintf("https://%s%s%shash=%s&mms-type=%s&__wa-mms=",
		host, directPath, separator, base64.URLEncoding.EncodeToString(o.encSHA256), url.QueryEscape(o.mmsType))
	if method == http.MethodHead {
		target += "&mode=auto" // like WA Web
	}
	req, err := http.NewRequest(method, target, nil)
	if err != nil {
		// err would quote the whole URL
		return nil, fmt.Errorf("direct path %.100q does not form a valid URL", directPath)
	}
	req.Header.Set("Origin", socket.Origin)
	req.Header.Set("Referer", socket.Origin+"/")
	req.Header.Set("Accept-Encoding", "identity") // offsets count the object's own bytes
	return req, nil
}
