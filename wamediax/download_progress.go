package wamediax

// fetch begins a new row of download reports. A total below zero is not known.
func (r *reporter) fetch(host string, attempt int, offset, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = Progress{Stage: Downloading, Done: offset, Total: max(0, total), Host: host, Attempt: attempt, Resumed: r.now.Resumed || attempt > 1 && offset > 0}
	r.started = false
	r.tell(false)
}
