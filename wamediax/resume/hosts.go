package resume

// InOrder lists the names to try: hosts, then their own second names, then the fallback hosts and theirs. No name twice.
func InOrder(hosts []Host) []string {
	var names []string
	seen := make(map[string]bool)
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
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
