package safehttp

import (
	"net"
	"net/http"
	"net/netip"

	"code.dny.dev/ssrf"
)

// Option configures [New].
type Option func(*settings)

type settings struct {
	allowed  []netip.Prefix
	ports    []uint16
	anyPort  bool
	header   http.Header
	resolver *net.Resolver // nil for the system's
}

// WithAllowedPrefixes permits addresses that are not public, for example of a test server or an
// internal service. Everybody who can send a URL can then read from those addresses.
func WithAllowedPrefixes(prefixes ...netip.Prefix) Option {
	return func(s *settings) { s.allowed = append(s.allowed, prefixes...) }
}

// WithPorts replaces the allowed ports, 80 and 443. Without arguments, it allows all ports.
func WithPorts(ports ...uint16) Option {
	return func(s *settings) { s.ports, s.anyPort = ports, len(ports) == 0 }
}

// WithHeader sets a header field of every request, including redirects. Do not put secrets there,
// because untrusted URLs decide which host receives them.
func WithHeader(name, value string) Option {
	return func(s *settings) { s.header.Set(name, value) }
}

func (s *settings) guard() []ssrf.Option {
	var v4, v6 []netip.Prefix
	for _, prefix := range s.allowed {
		if prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}
	guard := []ssrf.Option{ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)}
	if s.anyPort {
		guard = append(guard, ssrf.WithAnyPort())
	} else if s.ports != nil {
		guard = append(guard, ssrf.WithPorts(s.ports...))
	}
	return guard
}
