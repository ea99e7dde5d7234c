package cdn

import "slices"

// Host is a media host that takes uploads and serves downloads.
type Host struct {
	Name     string // host name, with a port unless it is 443
	Fallback bool   // tried only after all other hosts
	// FallbackName is a second name of the same host, or "". It is tried before the fallback hosts.
	FallbackName string

	// Upload and Download list the media types that the host takes and serves, by mms-type
	// ("image", "ptt"). An empty list means all.
	Upload, Download []string
}

// ForUpload returns the hosts that take the media type mmsType: those that list it, and those that
// list no types. If there are none, it returns all hosts.
func ForUpload(hosts []Host, mmsType string) []Host {
	return forType(hosts, mmsType, func(host Host) []string { return host.Upload })
}

// ForDownload returns the hosts that serve the media type mmsType, by the rule of [ForUpload].
func ForDownload(hosts []Host, mmsType string) []Host {
	return forType(hosts, mmsType, func(host Host) []string { return host.Download })
}

func forType(hosts []Host, mmsType string, listed func(Host) []string) []Host {
	ours := make([]Host, 0, len(hosts))
	for _, host := range hosts {
		if types := listed(host); len(types) == 0 || slices.Contains(types, mmsType) {
			ours = append(ours, host)
		}
	}
	if len(ours) == 0 {
		return slices.Clone(hosts)
	}
	return ours
}

// InOrder returns host names in the order to try them: the hosts, then their second names, then the
// fallback hosts and their second names, without duplicates.
func InOrder(hosts []Host) []string {
	names := make([]string, 0, 2*len(hosts))
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, fallback := range []bool{false, true} {
		for _, host := range hosts {
			if host.Fallback == fallback {
				add(host.Name)
			}
		}
		for _, host := range hosts {
			if host.Fallback == fallback {
				add(host.FallbackName)
			}
		}
	}
	return names
}
