package cdn

import (
	"strings"
	"sync/atomic"
)

// Dialect implements Dialect of wamediaxtest.
type Dialect int32

// The dialects.
const (
	AnyDialect Dialect = iota
	CoarseDialect
	WebDialect
)

// policy is what the media hosts understand and accept.
type policy struct {
	dialect atomic.Int32

	requestLimit  atomic.Int64 // maximum size of an upload's body; 0 for no limit
	requestStatus atomic.Int64 // response to a larger one; 0 to hang up
}

// SetDialect implements Server.SetDialect of wamediaxtest.
func (p *policy) SetDialect(dialect Dialect) { p.dialect.Store(int32(dialect)) }

func (p *policy) speaks() Dialect { return Dialect(p.dialect.Load()) }

// LimitRequests implements Server.LimitRequests of wamediaxtest.
func (p *policy) LimitRequests(bytes int64, status int) {
	p.requestStatus.Store(int64(status))
	p.requestLimit.Store(bytes)
}

// limited returns the effect on a request whose body exceeds the limit.
func (p *policy) limited(rt route, length int64) Effect {
	limit := p.requestLimit.Load()
	if limit <= 0 || length <= limit || rt.kind&(Uploads|LiveChunks) == 0 {
		return Effect{}
	}
	if status := int(p.requestStatus.Load()); status != 0 {
		return Status(status)
	}
	return HangUp(limit)
}

// finerPaths are paths that only WhatsApp Web uses, for media that otherwise shares a media type.
var finerPaths = []string{"/mms/sticker", "/mms/gif", "/mms/ptt", "/mms/ptv"}

const newsletterPrefix = "/newsletter/"

// ofNewsletter reports whether an upload path is for newsletters.
func ofNewsletter(path string) bool { return strings.HasPrefix(path, newsletterPrefix) }
