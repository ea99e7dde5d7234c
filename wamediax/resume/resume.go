package resume

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
)

// Body is the object's bytes, as the CDN is to store them. A Sealed of package streamenc is one.
type Body interface {
	// Size is the whole object's size in bytes. It does not change.
	Size() int64
	// Open returns the object from offset on (0 ≤ offset ≤ Size). Readers that are open at once are independent.
	Open(offset int64) (io.ReadCloser, error)
}

// Object is one upload's destination and content.
type Object struct {
	Path string // upload path, as "/mms/video"
	// CoarsePath takes the place of Path once a host says that there is no such path (404); "" for none. Whatever WhatsApp Web
	// uploads to "/mms/ptt", for example, is taken at "/mms/audio" too.
	CoarsePath string
	Token      string // of the SHA-256 of Body's bytes
	Body       Body
	// MayExist: the object may have been sent before, by anyone. Only then does Upload believe a host that claims to hold
	// more of it than this upload can have sent. False: that is impossible, as for an object under a fresh random key.
	MayExist bool
	// Probe asks for the object before the first attempt already, whatever its size. It implies MayExist. An object that is
	// named [ByFBID] is never asked for.
	Probe bool
	// Naming is what a usable answer has to contain.
	Naming Naming
	// Thumbnail asks the CDN for a small picture of the object (WA Web: server_thumb_gen=1, for images and videos that are not
	// encrypted). [Response] says where it is, if there is one.
	Thumbnail bool
	// OnAttempt, if not nil, is called before each attempt, from the goroutine that called Upload.
	OnAttempt func(Attempt)
}

// Token names an object by its SHA-256: base64url, without padding.
func Token(hash []byte) string { return base64.RawURLEncoding.EncodeToString(hash) }

// Naming is how the CDN names an object in its answer. An answer without that is [ErrBadAnswer].
type Naming int

const (
	ByURL        Naming = iota // url and direct_path: all media in messages
	ByDirectPath               // direct_path; where the url is missing, Response.URL is the public one: media that is not encrypted
	ByFBID                     // fbid, meta_hmac and ts: business cover photos
)

// publicOrigin serves objects that are not encrypted to everyone.
const publicOrigin = "https://" + cdn.PublicHost

// Attempt describes what an upload is about to send, and why the attempt before it failed.
type Attempt struct {
	Number int    // 1 for the first
	Host   string // its name
	Offset int64  // bytes that the host holds already; nothing before it is sent
	After  error  // how the attempt before this one ended; nil for the first
}

// Response is the CDN's answer to an upload, with what it took to get it.
type Response struct {
	URL        string
	DirectPath string
	Handle     string // newsletters: goes into the message's send request
	ObjectID   string

	// Of newsletters' images and videos, if the CDN has made a small picture of them.
	ThumbnailDirectPath string
	ThumbnailSHA256     []byte
	MetadataURL         string // as the CDN sent it, which is seldom; "" for none

	// Of business cover photos, in place of a path.
	FBID      string // names the photo
	MetaHMAC  string // proves that FBID is ours to use; secret
	Timestamp int64  // the answer's ts: seconds since 1970

	Path     string // the object's Path or its CoarsePath, whichever the host took
	Host     string // the host that answered
	Attempts int    // 1 if nothing went wrong
	Sent     int64  // bytes of the object that left for the network, over all attempts; probes are not counted
	Resumed  bool   // some of the object was not sent because a host held it already
}

// Uploader sends objects. It may be used by many goroutines at once.
type Uploader struct {
	conns cdn.ConnSource
	http  *http.Client

	threshold     int64
	stallTimeout  time.Duration
	answerTimeout time.Duration
	maxElapsed    time.Duration
	maxAttempts   int
	pieceSize     int64 // 0: an object is never sent in pieces
	backoffFirst  time.Duration
	backoffMax    time.Duration
}

// NewUploader returns an uploader that asks conns for hosts and tokens.
func NewUploader(conns cdn.ConnSource, opts ...Option) *Uploader {
	u := &Uploader{
		conns:         conns,
		threshold:     5 << 20,
		stallTimeout:  30 * time.Second,
		answerTimeout: 60 * time.Second,
		maxElapsed:    5 * time.Minute,
		backoffFirst:  time.Second,
		backoffMax:    30 * time.Second,
	}
	for _, opt := range opts {
		if opt != nil {
			opt(u)
		}
	}
	if u.http == nil {
		u.http = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	u.http = exchange.NoRedirects(u.http)
	return u
}

// Upload sends obj to the CDN and returns the CDN's name for it.
//
// If progress is not nil, it is called with the number of the object's bytes that the host in use has taken, and with the
// object's size, on the goroutine that called Upload. Within an attempt sent does not decrease. A panic of progress or of
// the body comes out of Upload, on the same goroutine, after the request has ended.
//
// When ctx ends, Upload returns an error with its cause and with what the hosts said. It waits for a Read of the body that
// is under way. For the other errors see the package's documentation.
func (u *Uploader) Upload(ctx context.Context, obj Object, progress func(sent, total int64)) (Response, error) {
	if obj.Body == nil {
		return Response{}, errors.New("failed to upload: object has no body")
	}
	return newUpload(u, obj, progress).run(ctx)
}
