package wamediaxtest

import (
	"fmt"
	"os"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
)

// Dialect is the form of uploads that the media hosts accept, and of their answers. WhatsApp's
// hosts have used more than one form over the years, and outside WhatsApp it is not known which
// host accepts which.
type Dialect = cdn.Dialect

const (
	// AnyDialect is the default unless [DialectEnv] is set. It accepts everything: the finer upload
	// paths, and resumed uploads with file_offset or with bytestart and byteend.
	AnyDialect Dialect = cdn.AnyDialect
	// CoarseDialect has no finer paths ("/mms/ptt" gets 404). It resumes uploads with file_offset
	// only, uses bytestart and byteend for live uploads only, and makes no thumbnails.
	CoarseDialect Dialect = cdn.CoarseDialect
	// WebDialect is that of WhatsApp Web: it resumes uploads with bytestart and byteend only, and
	// its answers to uploads for newsletters have a direct path but no URL.
	WebDialect Dialect = cdn.WebDialect
)

// DialectEnv is the environment variable with the dialect that new servers start with: "coarse" or
// "web", or nothing for [AnyDialect]. It runs existing tests, Examples and benchmarks against
// another dialect:
//
//	WAMEDIAXTEST_DIALECT=web go test ./...
const DialectEnv = "WAMEDIAXTEST_DIALECT"

// dialectOfEnv returns the dialect in DialectEnv.
func dialectOfEnv() (Dialect, error) {
	switch name := os.Getenv(DialectEnv); name {
	case "":
		return AnyDialect, nil
	case "coarse":
		return CoarseDialect, nil
	case "web":
		return WebDialect, nil
	default:
		return AnyDialect, fmt.Errorf(`%s is %q, but must be "coarse", "web" or empty`, DialectEnv, name)
	}
}

// WithDialect calls [Server.SetDialect] before any client can connect. It takes precedence over
// [DialectEnv].
func WithDialect(dialect Dialect) Option {
	return func(s *Server) { s.SetDialect(dialect) }
}

// SetDialect sets the dialect of later requests. Downloads, probes, live uploads and auth tokens
// are the same in every dialect.
func (s *Server) SetDialect(dialect Dialect) {
	s.cdn.SetDialect(dialect)
}

// LimitRequests limits the size of the body of every upload request, including live uploads, like a
// proxy in front of all hosts. With a status such as 413, a larger request is refused at once. With
// status 0, its connection breaks after that many bytes, which the host keeps. A limit of 0, the
// default, means no limit. Injected faults take precedence.
func (s *Server) LimitRequests(bytes int64, status int) {
	s.cdn.LimitRequests(bytes, status)
}
