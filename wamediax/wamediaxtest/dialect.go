package wamediaxtest

import "github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"

// Dialect is what the media hosts understand of an upload, and how they answer it. WhatsApp's own
// hosts have taken more than one form over the years, and nobody outside knows which hosts take
// which.
type Dialect = cdn.Dialect

const (
	// AnyDialect understands everything: the finer upload paths, and a resumed upload by
	// file_offset as well as by bytestart and byteend. It is the default.
	AnyDialect Dialect = cdn.AnyDialect
	// CoarseDialect knows no finer paths ("/mms/ptt" is a 404) and a resumed upload by file_offset
	// alone: bytestart and byteend mean something for live uploads only. It makes no thumbnails.
	CoarseDialect Dialect = cdn.CoarseDialect
	// WebDialect is that of WhatsApp Web: a resumed upload by bytestart and byteend alone, and
	// answers for newsletters that have a direct path but no URL.
	WebDialect Dialect = cdn.WebDialect
)

// WithDialect is SetDialect before the first request.
func WithDialect(dialect Dialect) Option {
	return func(s *Server) { s.SetDialect(dialect) }
}

// SetDialect sets what the media hosts understand from the next request on. Downloads, probes, live
// uploads and auth tokens are the same in every dialect.
func (s *Server) SetDialect(dialect Dialect) {
	s.cdn.SetDialect(dialect)
}

// LimitRequests lets no upload pass that has more than so many bytes in one request, live ones
// included, as a proxy between the client and every host does. With a status, 413 for example, such
// a request is refused at once. With status 0 its connection breaks after so many bytes, which the
// hosts then hold. A limit of 0, the default, is none. Faults that were injected come first.
func (s *Server) LimitRequests(bytes int64, status int) {
	s.cdn.LimitRequests(bytes, status)
}
