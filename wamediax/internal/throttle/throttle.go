// Package throttle thins progress reports out for a person to read.
package throttle

import "time"

// every is the least time between two reports that are neither the first nor the last of their kind.
const every = 100 * time.Millisecond

// Throttle lets the first report pass, and then one every 100 ms. It is not safe for concurrent use.
type Throttle struct {
	started bool
	last    time.Time
}

// Restart lets the next report pass.
func (t *Throttle) Restart() { t.started = false }

// Pass reports whether a report is to be made now. The last one of its kind always is.
func (t *Throttle) Pass(last bool) bool {
	if t.started && !last && time.Since(t.last) < every {
		return false
	}
	t.started, t.last = true, time.Now()
	return true
}
