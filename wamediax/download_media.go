package wamediax

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/socket"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// media is what a message says of its media. All of it is the sender's word.
type media struct {
	directPath string
	mediaType  whatsmeow.MediaType
	mmsType    string
	key        []byte // empty: not encrypted
	encSHA256  []byte
	sha256     []byte
	length     int64 // bytes of plaintext; 0: it does not say
	sidecar    []byte
}

var errNoHash = errors.New("the message has no fileSHA256, and media that is not encrypted cannot be checked by anything else")

func mediaOf(msg whatsmeow.DownloadableMessage) (*media, error) {
	m := &media{mediaType: whatsmeow.GetMediaType(msg)}
	var ok bool
	if m.mmsType, ok = mmsTypes[m.mediaType]; !ok {
		return nil, fmt.Errorf("%w %T", whatsmeow.ErrUnknownMediaType, msg)
	}
	if m.directPath = msg.GetDirectPath(); m.directPath == "" {
		return nil, whatsmeow.ErrNoURLPresent
	}
	m.sha256 = msg.GetFileSHA256()
	// As whatsmeow: newsletters' and products' media has no key, or a key and no hash of a ciphertext.
	if key, encSHA256 := msg.GetMediaKey(), msg.GetFileEncSHA256(); len(key) > 0 && len(encSHA256) > 0 {
		m.key, m.encSHA256 = key, encSHA256
	} else if len(m.sha256) == 0 {
		return nil, errNoHash
	}
	if msg, ok := msg.(interface{ GetFileLength() uint64 }); ok && msg.GetFileLength() < math.MaxInt64/2 {
		m.length = int64(msg.GetFileLength())
	}
	if msg, ok := msg.(interface{ GetStreamingSidecar() []byte }); ok && m.encrypted() {
		m.sidecar = msg.GetStreamingSidecar()
	}
	return m, nil
}

func (m *media) encrypted() bool { return len(m.key) > 0 }

// objectSize is the size in bytes, on a host, of so many bytes of plaintext.
func (m *media) objectSize(plaintext int64) int64 {
	if m.encrypted() {
		return streamenc.EncryptedSize(plaintext)
	}
	return plaintext
}

// maxObject is how large the object may be on a host, in bytes. limit is of plaintext; 0: none.
func (m *media) maxObject(limit int64) int64 {
	bound := int64(math.MaxInt64)
	for _, plaintext := range []int64{m.length, limit} {
		if plaintext > 0 && plaintext < math.MaxInt64/2 {
			bound = min(bound, m.objectSize(plaintext))
		}
	}
	return bound
}

// request is a GET of the object under directPath.
func (m *media) request(host, directPath string) (*http.Request, error) {
	if !strings.HasPrefix(directPath, "/") {
		return nil, fmt.Errorf("the direct path does not begin with a slash: %q", directPath)
	}
	separator := "&"
	if !strings.Contains(directPath, "?") {
		separator = "?"
	}
	// The form is whatsmeow's, with an empty hash where nothing is encrypted.
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("https://%s%s%shash=%s&mms-type=%s&__wa-mms=",
		host, directPath, separator, base64.URLEncoding.EncodeToString(m.encSHA256), m.mmsType), nil)
	if err != nil {
		return nil, fmt.Errorf("the direct path %q is not part of a URL: %w", directPath, withoutURL(err))
	}
	req.Header.Set("Origin", socket.Origin)
	req.Header.Set("Referer", socket.Origin+"/")
	req.Header.Set("Accept-Encoding", "identity") // offsets are counted in the object's own bytes
	return req, nil
}
