package failover

import (
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// maxRetryAfter bounds the pause that a host may ask for.
	maxRetryAfter = time.Minute
	// maxStalls is after how many stalls in a row a host is left although bytes moved.
	maxStalls = 2
	// maxRefreshes is how many tokens in a row are replaced: two where the first replacement was older than the refusal.
	maxRefreshes = 2
)

// Policy is what callers may set. Its zero value gives up as soon as every host has failed.
type Policy struct {
	Download    bool // a host cannot be asked what it holds, and a token refused twice means that the object is gone
	Recoverable bool // an object that is gone can be brought back, once until there is progress

	MaxElapsed  time.Duration // how long to go on without progress
	MaxAttempts int           // how many attempts to make without progress; 0: any number
	// FirstPause and MaxPause bound the pause after every host has failed. It doubles from one to the other, and is spread
	// at random between half and one and a half times its length.
	FirstPause, MaxPause time.Duration
}

// Action is the kind of a Step.
type Action int

const (
	Try     Action = iota // make the next attempt
	Refresh               // get a new token, then call Refreshed or NotRefreshed
	Recover               // have the object brought back, then call Recovered or NotRecovered
	GiveUp                // return an error
)

// Step is what to do next.
type Step struct {
	Action  Action
	Wait    time.Duration // before trying
	Restart bool          // try from byte 0, without asking the host what it holds
	Reason  Reason        // of GiveUp
}

// Reason is why a machine gives up.
type Reason int

const (
	Exhausted    Reason = iota // time or attempts ran out while hosts might still have served
	AllRefused                 // no host takes, or gives, the object
	ObjectGone                 // the hosts no longer have the object
	SourceFailed               // the attempt said Fatal
)

// Machine is the way of one object through its hosts. It is used by one goroutine at a time.
type Machine struct {
	policy Policy
	names  []string // in the order in which they are tried
	at     int      // the one in use
	hosts  map[string]*host

	idle         int           // attempts without progress in a row
	idleSince    time.Time     // when the first of them ended, zero: there was none
	pause        time.Duration // the next one, before it is spread; 0: FirstPause
	troubled     bool          // an attempt has failed, and no progress since
	refreshes    int           // new tokens since there was progress last; maxRefreshes: the next refusal is final
	recovered    bool          // recovery was tried, and no progress since
	someHostGone bool          // the object is gone from some host
}

// host is what a machine knows of one host.
type host struct {
	said          error     // how the last attempt that failed there ended
	refused       bool      // it does not take, or give, the object
	spent         bool      // it has failed since the last pause and without progress since
	stayed        bool      // it was tried again because bytes moved, without progress since
	stalls        int       // attempts there that stalled, in a row
	offsetDenials int       // resumed requests that it refused, in a row
	pausedUntil   time.Time // it asked to be left alone until then
}

// New returns a machine without hosts: call SetHosts first.
func New(policy Policy) *Machine {
	return &Machine{policy: policy, hosts: make(map[string]*host)}
}

// SetHosts gives the machine its hosts, in the order in which they are to be tried. It goes on with the host in use if that
// is still among them, else with the first that has not failed. names is kept and must not be empty.
func (m *Machine) SetHosts(names []string) {
	at := -1
	if len(m.names) > 0 {
		at = slices.Index(names, m.Host())
	}
	if at < 0 {
		at = slices.IndexFunc(names, func(name string) bool { return !m.state(name).refused && !m.state(name).spent })
	}
	m.names, m.at = names, max(0, at)
}

// Host is the host for the next attempt.
func (m *Machine) Host() string { return m.names[m.at] }

// Said returns what each of the present hosts said last, those that said nothing left out.
func (m *Machine) Said() Said {
	var said Said
	for _, name := range m.names {
		if h := m.hosts[name]; h != nil && h.said != nil {
			said = append(said, HostError{name, h.said})
		}
	}
	return said
}

// SomeHostRefused reports whether a present host has refused the object.
func (m *Machine) SomeHostRefused() bool {
	return slices.ContainsFunc(m.names, func(name string) bool { return m.state(name).refused })
}

func (m *Machine) state(name string) *host {
	if m.hosts[name] == nil {
		m.hosts[name] = new(host)
	}
	return m.hosts[name]
}

func (m *Machine) current() *host { return m.state(m.Host()) }

// Progressed notes that the object has come further than ever: a host confirmed more of it, or gave more of it.
func (m *Machine) Progressed() {
	if !m.troubled {
		return // downloads call this for every few bytes
	}
	m.troubled = false
	m.idle, m.idleSince, m.pause = 0, time.Time{}, 0
	m.refreshes, m.recovered = 0, false
	for _, h := range m.hosts {
		h.spent, h.stayed, h.offsetDenials = false, false, 0
	}
}

// Delivered notes that an attempt did all that it was for.
func (m *Machine) Delivered() {
	m.Progressed()
	m.current().stalls = 0
}

// Reset forgets what hosts said, for an attempt at something else: another path, another part.
func (m *Machine) Reset() {
	clear(m.hosts)
	m.idle, m.idleSince, m.pause = 0, time.Time{}, 0
	m.someHostGone = false
}

// Failed decides what follows an attempt at Host that failed.
func (m *Machine) Failed(now time.Time, res Result) Step {
	h := m.current()
	h.said = res.Err
	m.troubled = true
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
		if res.Moved && !h.stayed && h.stalls < maxStalls {
			h.stayed = true
			m.idle-- // whether that was progress, the next attempt shows
			return Step{Action: Try}
		}
	}
	return m.next(now)
}

// offsetRefused follows a resumed request that was refused. That may be due to the offset alone: bytes of a broken
// connection can arrive late, and what a host holds can expire.
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

// denied follows a new token that was refused like the one before, or one that there is no replacement for.
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

// Refreshed follows a Refresh that gave a new token. newer says that the token was issued after the refusal of the old one;
// one that was not may be refused for the same reason, and is then replaced once more.
func (m *Machine) Refreshed(newer bool) {
	if newer {
		m.refreshes = maxRefreshes
	}
}

// NotRefreshed follows a Refresh for which there was no new token.
func (m *Machine) NotRefreshed(now time.Time) Step {
	m.refreshes = maxRefreshes
	return m.denied(now)
}

// GoneBefore notes that recovery is tried before the first attempt, because the caller knows that the object is gone.
func (m *Machine) GoneBefore() { m.recovered, m.troubled = true, true }

// Recovered follows a Recover after which the object is elsewhere: every host is asked anew.
func (m *Machine) Recovered() { m.Reset() }

// NotRecovered follows a Recover that did not help: the object is where it was, or nowhere.
func (m *Machine) NotRecovered(now time.Time) Step { return m.next(now) }

// next leaves the host in use.
func (m *Machine) next(now time.Time) Step {
	m.current().spent = true
	if !m.outOfAttempts() && m.advance(func(h *host) bool { return !h.spent && !h.pausedUntil.After(now) }) {
		return Step{Action: Try}
	}
	usable, paused := 0, 0
	var free time.Time // when the first host that asked for a pause may be tried
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
		h.spent, h.stayed = false, false
	}
	m.advance(func(h *host) bool { return !h.pausedUntil.After(now.Add(wait)) })
	return Step{Action: Try, Wait: wait}
}

// outOfAttempts reports whether there were as many attempts as the policy allows, and every host had one.
func (m *Machine) outOfAttempts() bool {
	return m.policy.MaxAttempts > 0 && m.idle >= m.policy.MaxAttempts &&
		!slices.ContainsFunc(m.names, func(name string) bool { return m.state(name).said == nil })
}

// advance goes on to the next host that has not refused and for which ok holds; the one in use comes last.
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

// nextPause is half to one and a half times a length that doubles.
func (m *Machine) nextPause() time.Duration {
	length := max(m.pause, m.policy.FirstPause)
	m.pause = min(2*length, max(m.policy.MaxPause, m.policy.FirstPause))
	return length/2 + rand.N(length+1)
}
