package failover

import (
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// maxRetryAfter limits the pause that a host may ask for.
	maxRetryAfter = time.Minute
	// maxStalls is how many stalls in a row a host may have, although bytes moved, before the next
	// host is tried.
	maxStalls = 2
	// maxRefreshes is how many tokens in a row may be replaced: two, for the case that the first
	// replacement is older than the refusal.
	maxRefreshes = 2
	// longestPause limits pauses, whatever the policy.
	longestPause = 24 * time.Hour
)

// Policy has the limits of a Machine. The zero value gives up as soon as every host has failed.
type Policy struct {
	// hosts cannot be probed, and a token refused twice means that the object is gone
	Download    bool
	Recoverable bool // recovery is possible for an object that is gone; one attempt per progress

	MaxElapsed  time.Duration // how long to continue without progress
	MaxAttempts int           // the most attempts without progress; 0: no limit
	// FirstPause and MaxPause limit the pause after every host has failed. It doubles from one to
	// the other, and is randomized between half and one and a half times its length.
	FirstPause, MaxPause time.Duration
}

// Action is the kind of a Step.
type Action int

const (
	Try     Action = iota // make the next attempt
	Refresh               // get a new token, then call Refreshed or NotRefreshed
	Recover               // recover the object, then call Recovered or NotRecovered
	GiveUp                // return an error
)

// Step is what the caller must do next.
type Step struct {
	Action  Action
	Wait    time.Duration // before trying
	Restart bool          // start at byte 0, without a probe
	Reason  Reason        // for GiveUp
}

// Reason is why a Machine gives up.
type Reason int

const (
	Exhausted    Reason = iota // time or attempts ran out; hosts might succeed later
	AllRefused                 // every host refused the object
	ObjectGone                 // the hosts no longer have the object
	SourceFailed               // the result was Fatal
)

// Machine tracks the attempts for one object. It is not safe for concurrent use.
type Machine struct {
	policy Policy
	names  []string // in the order to try them
	at     int      // index of the host in use
	hosts  map[string]*host

	idle      int           // attempts in a row without progress
	idleSince time.Time     // when the first of them ended; zero: there is none
	pause     time.Duration // the next pause before randomization; 0: FirstPause
	failing   bool          // an attempt has failed since the last progress
	// new tokens since the last progress; at maxRefreshes the next refusal is final
	refreshes    int
	recovered    bool // recovery was tried since the last progress
	someHostGone bool // a host reported that the object is gone
}

// host is the state of one host.
type host struct {
	err           error     // error of the last failed attempt
	refused       bool      // permanently refused the object
	failed        bool      // has failed since the last pause, without progress since
	retried       bool      // tried again because bytes moved, without progress since
	stalls        int       // stalled attempts in a row
	offsetDenials int       // refused resumed requests in a row
	pausedUntil   time.Time // Retry-After of the host
}

// New returns a Machine without hosts. Call SetHosts before anything else.
func New(policy Policy) *Machine {
	return &Machine{policy: policy}
}

// SetHosts sets the hosts in the order to try them. The host in use stays in use if names has it,
// otherwise the first host that has not failed is next. SetHosts keeps names, which must not be
// empty.
func (m *Machine) SetHosts(names []string) {
	at := -1
	if len(m.names) > 0 {
		at = slices.Index(names, m.Host())
	}
	if at < 0 {
		at = slices.IndexFunc(names, func(name string) bool { return m.hosts[name] == nil || !m.hosts[name].refused && !m.hosts[name].failed })
	}
	m.names, m.at = names, max(0, at)
}

// Host returns the host for the next attempt.
func (m *Machine) Host() string { return m.names[m.at] }

// HostErrors returns the last error of each current host that has failed.
func (m *Machine) HostErrors() HostErrors {
	var errs HostErrors
	for _, name := range m.names {
		if h := m.hosts[name]; h != nil && h.err != nil {
			errs = append(errs, HostError{name, h.err})
		}
	}
	return errs
}

// SomeHostRefused reports whether a current host has permanently refused the object.
func (m *Machine) SomeHostRefused() bool {
	return slices.ContainsFunc(m.names, func(name string) bool { return m.state(name).refused })
}

// state returns a host's state, and adds it if there is none.
func (m *Machine) state(name string) *host {
	if m.hosts[name] == nil {
		if m.hosts == nil {
			m.hosts = make(map[string]*host)
		}
		m.hosts[name] = new(host)
	}
	return m.hosts[name]
}

func (m *Machine) current() *host { return m.state(m.Host()) }

// Progressed records progress: a host confirmed, or sent, more of the object than before.
func (m *Machine) Progressed() {
	if !m.failing {
		return // downloads call this for every few bytes
	}
	m.failing = false
	m.idle, m.idleSince, m.pause = 0, time.Time{}, 0
	m.refreshes, m.recovered = 0, false
	for _, h := range m.hosts {
		h.failed, h.retried, h.offsetDenials = false, false, 0
	}
}

// Delivered records a successful attempt.
func (m *Machine) Delivered() {
	m.Progressed()
	if h := m.hosts[m.Host()]; h != nil {
		h.stalls = 0
	}
}

// Reset discards the hosts' failures, before attempts at another path or another part.
func (m *Machine) Reset() {
	clear(m.hosts)
	m.idle, m.idleSince, m.pause = 0, time.Time{}, 0
	m.someHostGone = false
}

// Failed records a failed attempt at Host, and returns what to do next.
func (m *Machine) Failed(now time.Time, res Result) Step {
	h := m.current()
	h.err = res.Err
	m.failing = true
	m.idle++
	if m.idleSince.IsZero() {
		m.idleSince = now
	}
	if res.Outcome == Broken && res.Stalled {
		h.stalls++
	} else {
		h.stalls = 0
	}
	switch res.Outcome {
	case Fatal:
		return Step{Action: GiveUp, Reason: SourceFailed}
	case Denied:
		if m.refreshes < maxRefreshes {
			m.refreshes++
			return Step{Action: Refresh}
		}
		return m.denied(now)
	case Refused:
		if res.Resumed {
			return m.offsetRefused(now)
		}
		h.refused = true
	case Gone:
		return m.gone(now)
	case Busy:
		h.pausedUntil = now.Add(min(res.RetryAfter, maxRetryAfter))
	case Broken:
		if res.Moved && !h.retried && h.stalls < maxStalls {
			h.retried = true
			m.idle-- // the next attempt shows whether that was progress
			return Step{Action: Try}
		}
	}
	return m.next(now)
}

// offsetRefused handles a refused resumed request. The offset alone may be the cause: bytes of a
// broken connection can arrive late, and a host can delete its partial upload.
func (m *Machine) offsetRefused(now time.Time) Step {
	h := m.current()
	h.offsetDenials++
	switch {
	case h.offsetDenials == 1 && !m.policy.Download:
		return Step{Action: Try}
	case h.offsetDenials <= 2:
		h.offsetDenials = 2
		return Step{Action: Try, Restart: true}
	default:
		h.refused = true
		return m.next(now)
	}
}

// denied handles a refused token that was just replaced, or that has no replacement.
func (m *Machine) denied(now time.Time) Step {
	if m.policy.Download {
		return m.gone(now)
	}
	m.current().refused = true
	return m.next(now)
}

func (m *Machine) gone(now time.Time) Step {
	m.someHostGone = true
	m.current().refused = true
	if m.policy.Recoverable && !m.recovered {
		m.recovered = true
		return Step{Action: Recover}
	}
	return m.next(now)
}

// Refreshed continues after a Refresh with a new token. newer means that the token was issued after
// the refusal of the old one. An older one may be refused for the same reason, and is then replaced
// once more.
func (m *Machine) Refreshed(newer bool) {
	if newer {
		m.refreshes = maxRefreshes
	}
}

// NotRefreshed continues after a Refresh without a new token.
func (m *Machine) NotRefreshed(now time.Time) Step {
	m.refreshes = maxRefreshes
	return m.denied(now)
}

// GoneBefore records that recovery is tried before the first attempt, because the caller knows that
// the object is gone.
func (m *Machine) GoneBefore() { m.recovered, m.failing = true, true }

// Recovered continues after a Recover that gave the object another path: every host is tried again.
func (m *Machine) Recovered() { m.Reset() }

// NotRecovered continues after a Recover that failed.
func (m *Machine) NotRecovered(now time.Time) Step { return m.next(now) }

// next moves on from the host in use.
func (m *Machine) next(now time.Time) Step {
	m.current().failed = true
	if !m.outOfAttempts() && m.advance(func(h *host) bool { return !h.failed && !h.pausedUntil.After(now) }) {
		return Step{Action: Try}
	}
	usable, paused := 0, 0
	var free time.Time // when the first pausing host may be tried
	for _, name := range m.names {
		h := m.state(name)
		if h.refused {
			continue
		}
		usable++
		if h.pausedUntil.After(now) {
			paused++
			if free.IsZero() || h.pausedUntil.Before(free) {
				free = h.pausedUntil
			}
		}
	}
	switch {
	case m.someHostGone:
		return Step{Action: GiveUp, Reason: ObjectGone}
	case usable == 0:
		return Step{Action: GiveUp, Reason: AllRefused}
	case m.outOfAttempts():
		return Step{Action: GiveUp, Reason: Exhausted}
	}
	wait := free.Sub(now)
	if paused < usable {
		if pause := m.nextPause(); paused == 0 || pause < wait {
			wait = pause
		}
	}
	if now.Add(wait).Sub(m.idleSince) >= m.policy.MaxElapsed {
		return Step{Action: GiveUp, Reason: Exhausted}
	}
	for _, h := range m.hosts {
		h.failed, h.retried = false, false
	}
	m.advance(func(h *host) bool { return !h.pausedUntil.After(now.Add(wait)) })
	return Step{Action: Try, Wait: wait}
}

// outOfAttempts reports whether the policy's attempts are used up and every host had one.
func (m *Machine) outOfAttempts() bool {
	return m.policy.MaxAttempts > 0 && m.idle >= m.policy.MaxAttempts &&
		!slices.ContainsFunc(m.names, func(name string) bool { return m.state(name).err == nil })
}

// advance moves to the next host that has not refused and satisfies ok; the host in use comes last.
func (m *Machine) advance(ok func(*host) bool) bool {
	for i := range m.names {
		at := (m.at + 1 + i) % len(m.names)
		if h := m.state(m.names[at]); !h.refused && ok(h) {
			m.at = at
			return true
		}
	}
	return false
}

// nextPause returns half to one and a half times the current pause, and doubles it.
func (m *Machine) nextPause() time.Duration {
	length := min(max(m.pause, m.policy.FirstPause), longestPause)
	m.pause = min(2*length, max(m.policy.MaxPause, m.policy.FirstPause))
	return length/2 + rand.N(length+1)
}
