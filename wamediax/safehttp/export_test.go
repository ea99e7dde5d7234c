package safehttp

import "net"

// WithResolver makes the client use a test's DNS server.
func WithResolver(resolver *net.Resolver) Option {
	return func(s *settings) { s.resolver = resolver }
}
