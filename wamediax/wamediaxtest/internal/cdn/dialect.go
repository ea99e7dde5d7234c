package cdn

import (
	"strings"
	"sync/atomic"
)

// Dialect is Dialect of wamediaxtest.
type Dialect int32

// The dialects.
const (
	AnyDialect Dialect = iota
	CoarseDialect
	WebDialect
)

// policy is what the media hosts understand, and what they let through.
type policy struct {
	dialect atomic.Int32

	requestLimit  atomic.Int64 // bytes of an upload's body; 0: any number
	requestStatus atomic.Int64 // refuses one that is longer; 0: it is cut
}

// SetDialect is Server.SetDialect of wamediaxtest.
func (p *policy) SetDialect(dialect Dialect) { p.dialect.Store(int32(dialect)) }

func (p *policy) speaks() Dialect { return Dialect(p.dialect.Load()) }

// LimitRequests is Server.LimitRequests of wamediaxtest.
func (p *policy) LimitRequests(bytes int64, status int) {
	p.requestStatus.Store(int64(status))
	p.requestLimit.Store(bytes)
}

// limited is what strikes a request whose body is longer than hosts let through.
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

// finerPaths are WhatsApp Web's, for what shares a media type with something else.
var finerPaths = []string{"/mms/sticker", "/mms/gif", "/mms/ptt", "/mms/ptv"}

const newsletterPrefix = "/newsletter/"

// ofNewsletter reports whether objects under an upload path are for newsletters.
func ofNewsletter(path string) bool { return strings.HasPrefix(path, newsletterPrefix) }
