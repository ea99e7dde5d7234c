package failover_test

import (
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// event is an event of a machine, with the expected step; "" means no step.
type event struct {
	happens func(m *failover.Machine, now time.Time) (failover.Step, bool)
	want    string
}

var errHost = errors.New("what the host said")

func failed(res failover.Result) func(*failover.Machine, time.Time) (failover.Step, bool) {
	res.Err = errHost
	return func(m *failover.Machine, now time.Time) (failover.Step, bool) { return m.Failed(now, res), true }
}

func noted(note func(*failover.Machine)) event {
	return event{happens: func(m *failover.Machine, _ time.Time) (failover.Step, bool) {
		note(m)
		return failover.Step{}, false
	}}
}

func broke(want string) event { return event{failed(failover.Result{}), want} }
func cut(want string) event   { return event{failed(failover.Result{Moved: true}), want} }
func stalled(want string) event {
	return event{failed(failover.Result{Moved: true, Stalled: true}), want}
}
func denied(want string) event { return event{failed(failover.Result{Outcome: failover.Denied}), want} }
func refused(want string) event {
	return event{failed(failover.Result{Outcome: failover.Refused}), want}
}
func gone(want string) event  { return event{failed(failover.Result{Outcome: failover.Gone}), want} }
func fatal(want string) event { return event{failed(failover.Result{Outcome: failover.Fatal}), want} }
func refusedOffset(want string) event {
	return event{failed(failover.Result{Outcome: failover.Refused, Resumed: true}), want}
}
func busy(retryAfter time.Duration, want string) event {
	return event{failed(failover.Result{Outcome: failover.Busy, RetryAfter: retryAfter}), want}
}
func notRefreshed(want string) event {
	return event{func(m *failover.Machine, now time.Time) (failover.Step, bool) { return m.NotRefreshed(now), true }, want}
}
func notRecovered(want string) event {
	return event{func(m *failover.Machine, now time.Time) (failover.Step, bool) { return m.NotRecovered(now), true }, want}
}

var (
	progressed     = noted((*failover.Machine).Progressed)
	delivered      = noted((*failover.Machine).Delivered)
	recovered      = noted((*failover.Machine).Recovered)
	goneBefore     = noted((*failover.Machine).GoneBefore)
	newToken       = noted(func(m *failover.Machine) { m.Refreshed(true) })
	newButOldToken = noted(func(m *failover.Machine) { m.Refreshed(false) })
)

func newHosts(names ...string) event {
	return noted(func(m *failover.Machine) { m.SetHosts(names) })
}

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 400 * time.Millisecond
)

// describe returns a step in the words of the table. A pause is named by its length before
// randomization, if want has one that fits the step.
func describe(m *failover.Machine, step failover.Step, want string) string {
	switch step.Action {
	case failover.Refresh:
		return "refresh"
	case failover.Recover:
		return "recover"
	case failover.GiveUp:
		return [...]string{"give up: exhausted", "give up: all refused", "give up: gone", "give up: source"}[step.Reason]
	}
	text := m.Host()
	if step.Restart {
		text += " from byte 0"
	}
	if _, pause, ok := strings.Cut(want, " after a pause of "); ok {
		length, _ := time.ParseDuration(pause)
		if step.Wait >= length/2 && step.Wait <= length*3/2 {
			return text + " after a pause of " + pause
		}
	}
	if step.Wait > 0 {
		text += " in " + step.Wait.String()
	}
	return text
}

// TestPolicy is the table of the package documentation, row by row.
func TestPolicy(t *testing.T) {
	upload := failover.Policy{MaxElapsed: time.Minute, FirstPause: firstPause, MaxPause: maxPause}
	download := upload
	download.Download, download.Recoverable = true, true
	unrecoverable := download
	unrecoverable.Recoverable = false
	impatient := upload
	impatient.MaxElapsed = 0
	attempts := func(n int) failover.Policy {
		policy := upload
		policy.MaxAttempts = n
		return policy
	}
	for _, row := range []struct {
		name   string
		reason string // why the policy is as it is; "" if obvious
		policy failover.Policy
		hosts  string
		events []event
	}{
		{
			name:   "after a broken connection on which bytes moved, the same host is next, from the bytes that it has",
			policy: upload, hosts: "a b",
			events: []event{cut("a"), progressed, cut("a"), progressed, cut("a")},
		},
		{
			name:   "sent bytes are no progress: without progress, the same host is tried once more",
			reason: "a host that hangs up before it takes a byte lets some leave into the buffers on the way",
			policy: upload, hosts: "a b",
			events: []event{cut("a"), cut("b"), cut("b"), cut("a after a pause of 100ms"), cut("a"), cut("b")},
		},
		{
			name:   "after two stalls in a row the next host is tried, even if bytes moved",
			policy: upload, hosts: "a b",
			events: []event{stalled("a"), progressed, stalled("b"), stalled("b")},
		},
		{
			name:   "stalls with another failure between them are not in a row",
			policy: upload, hosts: "a b",
			events: []event{stalled("a"), progressed, cut("a"), progressed, stalled("a")},
		},
		{
			name:   "if nothing moved, the next host is tried at once, with a pause after the last one",
			policy: upload, hosts: "a b c",
			events: []event{broke("b"), broke("c"), broke("a after a pause of 100ms"), broke("b")},
		},
		{
			name:   "pauses grow to a limit, and start again after progress",
			policy: upload, hosts: "a",
			events: []event{
				broke("a after a pause of 100ms"), broke("a after a pause of 200ms"), broke("a after a pause of 400ms"),
				broke("a after a pause of 400ms"), progressed, broke("a after a pause of 100ms"),
			},
		},
		{
			name:   "after 408, 429 and 5xx the next host is tried at once",
			reason: "the other hosts have asked for none",
			policy: upload, hosts: "a b",
			events: []event{busy(0, "b"), busy(0, "a after a pause of 100ms")},
		},
		{
			name:   "Retry-After applies only to the host that sent it",
			reason: "one host's 20 s delayed three healthy ones",
			policy: upload, hosts: "a b c",
			events: []event{busy(20*time.Second, "b"), broke("c"), broke("b after a pause of 100ms"), broke("c"), broke("b after a pause of 200ms")},
		},
		{
			name:   "if all hosts ask for a pause, it lasts until the first one is free",
			policy: upload, hosts: "a b c",
			events: []event{busy(20*time.Second, "b"), busy(5*time.Second, "c"), busy(30*time.Second, "b in 5s")},
		},
		{
			name:   "a host that asks for more than a minute gets a minute",
			policy: failover.Policy{MaxElapsed: time.Hour}, hosts: "a",
			events: []event{busy(24*time.Hour, "a in 1m0s")},
		},
		{
			name:   "every host is tried once, even without time",
			policy: impatient, hosts: "a b c d",
			events: []event{busy(20*time.Second, "b"), broke("c"), refused("d"), busy(0, "give up: exhausted")},
		},
		{
			name:   "the zero policy tries each host once",
			policy: failover.Policy{}, hosts: "a b",
			events: []event{broke("b"), broke("give up: exhausted")},
		},
		{
			name:   "the limit counts attempts in a row without progress, and every host gets one",
			policy: attempts(2), hosts: "a b c",
			events: []event{broke("b"), progressed, broke("c"), broke("give up: exhausted")},
		},
		{
			name:   "a limit of attempts allows each host one, and another one if bytes moved",
			policy: attempts(1), hosts: "a b c",
			events: []event{broke("b"), cut("b"), cut("c"), cut("c"), cut("give up: exhausted")},
		},
		{
			name:   "a limit of attempts above the number of hosts applies",
			policy: attempts(5), hosts: "a b",
			events: []event{broke("b"), broke("a after a pause of 100ms"), broke("b"), broke("a after a pause of 200ms"), broke("give up: exhausted")},
		},
		{
			name:   "after 401 and 403 there is one new token, then the same host",
			reason: "one host that is out of step with the token must not decide for all",
			policy: upload, hosts: "a b",
			events: []event{denied("refresh"), newToken, denied("b"), denied("give up: all refused")},
		},
		{
			name:   "after progress a token may go stale once more",
			policy: upload, hosts: "a b",
			events: []event{denied("refresh"), newToken, cut("a"), progressed, denied("refresh")},
		},
		{
			name:   "a new token that is older than the refusal is worth one more",
			policy: upload, hosts: "a",
			events: []event{denied("refresh"), newButOldToken, denied("refresh"), newButOldToken, denied("give up: all refused")},
		},
		{
			name:   "if there is no new token, the next host is tried",
			policy: upload, hosts: "a b",
			events: []event{denied("refresh"), notRefreshed("b"), denied("give up: all refused")},
		},
		{
			name:   "a refused resumed request does not refuse the object: probe again, then start at byte 0",
			reason: "late bytes of a broken connection move the offset, and what a host holds can expire",
			policy: upload, hosts: "a b",
			events: []event{cut("a"), progressed, refusedOffset("a"), refusedOffset("a from byte 0"), refused("b")},
		},
		{
			name:   "a host that accepts the object from byte 0 gets two more resumed requests after progress",
			policy: upload, hosts: "a b",
			events: []event{refusedOffset("a"), refusedOffset("a from byte 0"), cut("a"), progressed, refusedOffset("a"), refusedOffset("a from byte 0")},
		},
		{
			name:   "a host that refuses offsets without progress is left",
			policy: upload, hosts: "a b",
			events: []event{refusedOffset("a"), refusedOffset("a from byte 0"), cut("a"), refusedOffset("b")},
		},
		{
			name:   "downloads cannot probe, so they start at byte 0 at once",
			policy: download, hosts: "a b",
			events: []event{refusedOffset("a from byte 0"), refused("b")},
		},
		{
			name:   "413, 415 and any other 4xx: each remaining host once, then an error",
			reason: "the fetcher says when the attempts are at another part, and resets the machine then",
			policy: upload, hosts: "a b c",
			events: []event{refused("b"), cut("b"), progressed, refused("c"), refused("give up: all refused")},
		},
		{
			name:   "404 and 410 of a download: recovery, then every host again",
			policy: download, hosts: "a b",
			events: []event{gone("recover"), recovered, gone("b"), gone("give up: gone")},
		},
		{
			name:   "a download without recovery: each remaining host once",
			policy: unrecoverable, hosts: "a b c",
			events: []event{gone("b"), broke("c"), gone("give up: gone")},
		},
		{
			name:   "a download whose recovery failed: each remaining host once",
			policy: download, hosts: "a b",
			events: []event{gone("recover"), notRecovered("b"), gone("give up: gone")},
		},
		{
			name:   "recovery before the first attempt: no second one before progress",
			policy: download, hosts: "a b",
			events: []event{goneBefore, gone("b"), progressed, gone("recover")},
		},
		{
			name:   "a token refused twice means that a download is gone",
			policy: download, hosts: "a b",
			events: []event{denied("refresh"), newToken, denied("recover"), notRecovered("b")},
		},
		{
			name:   "a failure of the source is an error",
			policy: upload, hosts: "a b",
			events: []event{fatal("give up: source")},
		},
		{
			name:   "the time limit counts from the first failure without progress",
			policy: failover.Policy{MaxElapsed: 10 * time.Second}, hosts: "a",
			events: []event{busy(6*time.Second, "a in 6s"), busy(3*time.Second, "a in 3s"), busy(time.Second, "give up: exhausted")},
		},
		{
			name:   "a delivered part resets the state for the next one",
			policy: upload, hosts: "a b",
			events: []event{stalled("a"), delivered, stalled("a"), delivered, denied("refresh"), newToken, delivered, denied("refresh")},
		},
		{
			name:   "new hosts: the one in use stays in use, and one that refused does not replace it",
			policy: attempts(3), hosts: "a b c",
			events: []event{refused("b"), newHosts("c", "b", "a"), broke("c"), newHosts("a", "d"), broke("give up: exhausted")},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := failover.New(row.policy)
			m.SetHosts(strings.Fields(row.hosts))
			require.Equal(t, "a", m.Host())
			now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			for i, event := range row.events {
				step, any := event.happens(m, now)
				if any {
					require.Equal(t, event.want, describe(m, step, event.want), "step %d (%s)", i+1, row.reason)
				}
				now = now.Add(step.Wait)
			}
		})
	}
}

func TestPausesOfAnyLengthAreValid(t *testing.T) {
	m := failover.New(failover.Policy{MaxElapsed: math.MaxInt64, FirstPause: math.MaxInt64, MaxPause: math.MaxInt64})
	m.SetHosts([]string{"a"})
	for range 3 {
		step := m.Failed(time.Now(), failover.Result{Err: errHost})
		require.Equal(t, failover.Try, step.Action)
		require.Greater(t, step.Wait, time.Hour)
	}
}

func TestPausesAreSpread(t *testing.T) {
	lengths := make(map[time.Duration]bool)
	for range 200 {
		m := failover.New(failover.Policy{MaxElapsed: time.Hour, FirstPause: time.Second, MaxPause: time.Minute})
		m.SetHosts([]string{"a"})
		wait := m.Failed(time.Unix(1, 0), failover.Result{Err: errHost}).Wait
		require.GreaterOrEqual(t, wait, time.Second/2)
		require.LessOrEqual(t, wait, time.Second*3/2)
		lengths[wait] = true
	}
	require.Greater(t, len(lengths), 100)
}

func TestHostErrorsNamesEachHostOnceInOrderOnOneLine(t *testing.T) {
	m := failover.New(failover.Policy{MaxElapsed: time.Minute, FirstPause: time.Second})
	m.SetHosts([]string{"a", "b", "c"})
	var first, last = errors.New("first"), errors.New("last")
	for _, err := range []error{first, first, first, last} {
		m.Failed(time.Unix(1, 0), failover.Result{Err: err})
	}
	require.Equal(t, "a: last; b: first; c: first", m.HostErrors().Error())
	require.ErrorIs(t, m.HostErrors(), first)
	require.ErrorIs(t, m.HostErrors(), last)
	var host failover.HostError
	require.ErrorAs(t, m.HostErrors(), &host)
	require.Equal(t, "a", host.Host)
	m.SetHosts([]string{"c"})
	require.Equal(t, "c: first", m.HostErrors().Error(), "errors of hosts that are no longer listed are dropped")
}

func TestOutcomesHaveNames(t *testing.T) {
	require.Equal(t, "Broken Fatal Outcome(6) Outcome(-1)", fmt.Sprint(failover.Broken, failover.Fatal, failover.Outcome(6), failover.Outcome(-1)))
}

// The policy is a pure state machine: its caller does the requests and has the contexts and the
// clock.
func TestThePolicyKnowsNoHTTPAndNoContext(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "math/rand/v2")
	require.NotContains(t, deps, "net/http")
	require.NotContains(t, deps, "context")
}

// Whatever hosts do, a machine with limits ends, and until then its host is a listed one that has
// not refused.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, true)
	f.Add([]byte{3, 3, 3, 12, 13, 4, 14, 4}, false)
	f.Fuzz(func(t *testing.T, script []byte, download bool) {
		m := failover.New(failover.Policy{
			Download: download, Recoverable: download, MaxElapsed: time.Minute, FirstPause: firstPause, MaxPause: maxPause,
		})
		m.SetHosts([]string{"a", "b", "c"})
		now := time.Unix(1, 0)
		refused := make(map[string]bool)
		for _, b := range script {
			host := m.Host()
			res := failover.Result{
				Outcome: failover.Outcome(b % 6), Err: errHost, Moved: b&8 != 0, Stalled: b&16 != 0, Resumed: b&32 != 0,
				RetryAfter: time.Duration(b) * time.Second,
			}
			if b == 255 {
				m.Progressed()
				continue
			}
			step := m.Failed(now, res)
			for step.Action == failover.Refresh || step.Action == failover.Recover {
				if step.Action == failover.Refresh {
					m.Refreshed(b&64 != 0)
					step = failover.Step{}
				} else {
					refused[host] = true
					step = m.NotRecovered(now)
				}
			}
			if step.Action == failover.GiveUp {
				return
			}
			if res.Outcome == failover.Gone || res.Outcome == failover.Refused && !res.Resumed {
				refused[host] = true
			}
			require.False(t, refused[m.Host()], "a host that refused is asked again")
			require.GreaterOrEqual(t, step.Wait, time.Duration(0))
			require.LessOrEqual(t, step.Wait, time.Minute)
			now = now.Add(step.Wait)
		}
	})
}
