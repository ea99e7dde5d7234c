package safehttp

import "net"

// WithResolver answers names from a test's own DNS server.
func WithResolver(resolver *net.Resolver) Option {
	return func(s *settings) { s.resolver = resolver }
}
