// Package throttle limits the rate of progress reports.
package throttle

import "time"

// every is the minimum time between two reports, except for the first and last ones.
const every = 100 * time.Millisecond

// Throttle passes the first report, and then one every 100 ms. It is not safe for concurrent use.
type Throttle struct {
	started bool
	last    time.Time
}

// Restart passes the next report.
func (t *Throttle) Restart() { t.started = false }

// Pass reports whether to make a report now. It always passes the last one.
func (t *Throttle) Pass(last bool) bool {
	if t.started && !last && time.Since(t.last) < every {
		return false
	}
	t.started, t.last = true, time.Now()
	return true
}
