package resume

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
)

// Body is the content of an object, exactly as the CDN should store it. *streamenc.Sealed is a
// Body.
type Body interface {
	// Size returns the whole object's size in bytes, which must not change.
	Size() int64
	// Open returns a reader from offset (0 ≤ offset ≤ Size) to the end. Readers must be independent
	// of each other.
	Open(offset int64) (io.ReadCloser, error)
}

// Object is the destination and content of one upload.
type Object struct {
	Path string // upload path, such as "/mms/video"
	// CoarsePath replaces Path if a host responds with 404. "" means none. For example, hosts take
	// at "/mms/audio" all that WhatsApp Web uploads to "/mms/ptt".
	CoarsePath string
	Token      string // [Token] of the SHA-256 of Body's bytes
	Body       Body
	// MayExist is set if anybody may have uploaded the object before. Only then does Upload trust a
	// host that claims more of it than this upload can have sent. Leave it false for an object with
	// a fresh random key.
	MayExist bool
	// Probe starts the first attempt with a probe, whatever the size. It implies MayExist. It has
	// no effect on objects named [ByFBID].
	Probe bool
	// Naming is what a usable response must contain.
	Naming Naming
	// Thumbnail asks the CDN to make a small picture of the object (WA Web: server_thumb_gen=1, for
	// unencrypted images and videos). [Response] has its path if there is one.
	Thumbnail bool
	// OnAttempt, if not nil, is called before each attempt, by the goroutine that called Upload.
	OnAttempt func(Attempt)
}

// Token returns the name of an object with this SHA-256: its base64url encoding without padding.
func Token(hash []byte) string { return base64.RawURLEncoding.EncodeToString(hash) }

// Naming is how the CDN's response identifies the object. Responses without it fail with
// [ErrBadAnswer].
type Naming int

const (
	ByURL Naming = iota // url and direct_path: all media in messages
	// direct_path; a missing url is replaced with the public one: unencrypted media
	ByDirectPath
	ByFBID // fbid, meta_hmac and ts: business cover photos
)

// publicOrigin serves unencrypted objects to everyone.
const publicOrigin = "https://" + cdn.PublicHost

// Attempt describes an attempt that is about to start, and how the previous one failed.
type Attempt struct {
	Number int    // 1 for the first
	Host   string // its name
	Offset int64  // bytes that the host has already; the upload continues there
	After  error  // error of the previous attempt; nil for the first
}

// Response is the CDN's response to an upload, with statistics.
type Response struct {
	URL        string
	DirectPath string
	Handle     string // newsletters: goes into the message's send request
	ObjectID   string

	// For images and videos of newsletters, if the CDN made a small picture of them.
	ThumbnailDirectPath string
	ThumbnailSHA256     []byte
	MetadataURL         string // optional, and seldom sent

	// For business cover photos, in place of a path.
	FBID      string // names the photo
	MetaHMAC  string // proves that FBID belongs to this account; secret
	Timestamp int64  // field ts of the response: seconds since 1970

	Path     string // the object's Path or its CoarsePath, whichever the host took
	Host     string // the host that took the object
	Attempts int    // 1 if nothing failed
	Sent     int64  // bytes of the object sent to the network, over all attempts, without probes
	Resumed  bool   // a host already had a part of the object, which was not sent
}

// Uploader uploads objects. It is safe for concurrent use.
type Uploader struct {
	conns cdn.ConnSource
	http  *http.Client

	threshold     int64
	stallTimeout  time.Duration
	answerTimeout time.Duration
	maxElapsed    time.Duration
	maxAttempts   int
	pieceSize     int64 // 0: never send in pieces
	backoffFirst  time.Duration
	backoffMax    time.Duration
}

// NewUploader returns an Uploader that gets hosts and tokens from conns.
func NewUploader(conns cdn.ConnSource, opts ...Option) *Uploader {
	u := &Uploader{
		conns:         conns,
		threshold:     5 << 20,
		stallTimeout:  defaultStallTimeout,
		answerTimeout: defaultAnswerTimeout,
		maxElapsed:    5 * time.Minute,
		backoffFirst:  defaultFirstPause,
		backoffMax:    30 * time.Second,
	}
	for _, opt := range opts {
		if opt != nil {
			opt(u)
		}
	}
	u.http = exchange.NoRedirects(u.http)
	return u
}

// Upload uploads obj to the CDN and returns the CDN's response.
//
// If progress is not nil, it is called with the number of bytes that the host in use has taken and
// the object's size, by the goroutine that called Upload. Within an attempt, sent does not
// decrease. If progress or the body panics, Upload ends the request and panics with the same value.
//
// If ctx ends, Upload returns an error with its cause and each host's last error. It waits for an
// active Read of the body. See the package documentation for other errors.
func (u *Uploader) Upload(ctx context.Context, obj Object, progress func(sent, total int64)) (Response, error) {
	if obj.Body == nil {
		return Response{}, errors.New("failed to upload: object has no body")
	}
	up := newUpload(u, obj, progress)
	if up.size < 0 {
		return Response{}, fmt.Errorf("failed to upload: size of the object's body is %d bytes", up.size)
	}
	return up.run(ctx)
}
