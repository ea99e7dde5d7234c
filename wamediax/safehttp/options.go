package safehttp

import (
	"net"
	"net/http"
	"net/netip"

	"code.dny.dev/ssrf"
)

// Option changes a setting of New.
type Option func(*settings)

type settings struct {
	allowed  []netip.Prefix
	ports    []uint16
	anyPort  bool
	header   http.Header
	resolver *net.Resolver // nil: the system's
}

// WithAllowedPrefixes lets addresses through that the guard would refuse: those of a test's server,
// or of a service in the own network. Whoever can send a URL can then read what is there.
func WithAllowedPrefixes(prefixes ...netip.Prefix) Option {
	return func(s *settings) { s.allowed = append(s.allowed, prefixes...) }
}

// WithPorts replaces the ports that may be dialled, 80 and 443. Without arguments any port may be.
func WithPorts(ports ...uint16) Option {
	return func(s *settings) { s.ports, s.anyPort = ports, len(ports) == 0 }
}

// WithHeader sends a header field with every request, redirects included. Do not put secrets there:
// they go to whichever host a stranger names.
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
