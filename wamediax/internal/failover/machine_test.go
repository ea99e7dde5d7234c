package failover_test

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// event is something that happens to a machine, and the step that it must answer with; "" where there is none.
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

// describe says what a step does in the words of the table. A pause is named by its length before it is spread, if the
// wanted text names one that the step's wait may come from.
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

// TestPolicy is the table of the package documentation, row by row. Uploads and downloads once had a copy each (resume/course.go and
// download_transfer.go), which had come to differ. The columns say what they did where one of them differs from the policy.
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
		name                       string
		uploads, downloads, reason string // what each did before, and why it is decided as it is
		policy                     failover.Policy
		hosts                      string
		events                     []event
	}{
		{
			name:   "after bytes moved and the connection broke, the same host follows, from what it holds",
			policy: upload, hosts: "a b",
			events: []event{cut("a"), progressed, cut("a"), progressed, cut("a")},
		},
		{
			name:    "bytes that merely left are no progress: without any, the same host follows once",
			uploads: "again and again, as long as more bytes left than ever: 38 requests in 70 ms to hosts that took none",
			reason:  "a host that hangs up before it takes a byte lets some leave into the buffers on the way",
			policy:  upload, hosts: "a b",
			events: []event{cut("a"), cut("b"), cut("b"), cut("a after a pause of 100ms"), cut("a"), cut("b")},
		},
		{
			name:   "after two stalls in a row the next host follows, even though bytes moved",
			policy: upload, hosts: "a b",
			events: []event{stalled("a"), progressed, stalled("b"), stalled("b")},
		},
		{
			name:   "stalls with another end between them are not in a row",
			policy: upload, hosts: "a b",
			events: []event{stalled("a"), progressed, cut("a"), progressed, stalled("a")},
		},
		{
			name:   "where nothing moved the next host follows at once, and after all of them a pause",
			policy: upload, hosts: "a b c",
			events: []event{broke("b"), broke("c"), broke("a after a pause of 100ms"), broke("b")},
		},
		{
			name:    "pauses grow to a limit, and begin anew after progress",
			uploads: "the pause after a busy host grew with each host, not with each round",
			policy:  upload, hosts: "a",
			events: []event{
				broke("a after a pause of 100ms"), broke("a after a pause of 200ms"), broke("a after a pause of 400ms"),
				broke("a after a pause of 400ms"), progressed, broke("a after a pause of 100ms"),
			},
		},
		{
			name:      "after 408, 429 and 5xx the next host follows at once",
			uploads:   "after a pause",
			downloads: "after a pause",
			reason:    "the other hosts have asked for none",
			policy:    upload, hosts: "a b",
			events: []event{busy(0, "b"), busy(0, "a after a pause of 100ms")},
		},
		{
			name:      "Retry-After binds only the host that sent it",
			uploads:   "every host waited for it",
			downloads: "every host waited for it",
			reason:    "one host's 20 s delayed three healthy ones",
			policy:    upload, hosts: "a b c",
			events: []event{busy(20*time.Second, "b"), broke("c"), broke("b after a pause of 100ms"), broke("c"), broke("b after a pause of 200ms")},
		},
		{
			name:      "where all hosts ask for a pause, it lasts until the first is free",
			uploads:   "it lasted for as long as the last host asked",
			downloads: "it lasted for as long as the last host asked",
			policy:    upload, hosts: "a b c",
			events: []event{busy(20*time.Second, "b"), busy(5*time.Second, "c"), busy(30*time.Second, "b in 5s")},
		},
		{
			name:   "a host that asks for more than a minute gets a minute",
			policy: failover.Policy{MaxElapsed: time.Hour}, hosts: "a",
			events: []event{busy(24*time.Hour, "a in 1m0s")},
		},
		{
			name:      "one bad host is no reason to give up before all were asked, however little time there is",
			uploads:   "gave up if a busy host's pause was longer than the time",
			downloads: "gave up if a busy host's pause was longer than the time",
			policy:    impatient, hosts: "a b c d",
			events: []event{busy(20*time.Second, "b"), broke("c"), refused("d"), busy(0, "give up: exhausted")},
		},
		{
			name:   "the zero policy asks each host once",
			policy: failover.Policy{}, hosts: "a b",
			events: []event{broke("b"), broke("give up: exhausted")},
		},
		{
			name:      "attempts are counted without progress in a row, and every host has one",
			uploads:   "the limit was raised to the number of hosts, refused ones included",
			downloads: "had no limit",
			policy:    attempts(2), hosts: "a b c",
			events: []event{broke("b"), progressed, broke("c"), broke("give up: exhausted")},
		},
		{
			name:   "a limit of attempts keeps no host from its only one, and none on which bytes moved from showing that it has them",
			policy: attempts(1), hosts: "a b c",
			events: []event{broke("b"), cut("b"), cut("c"), cut("c"), cut("give up: exhausted")},
		},
		{
			name:   "a limit of attempts that is above the number of hosts is kept to",
			policy: attempts(5), hosts: "a b",
			events: []event{broke("b"), broke("a after a pause of 100ms"), broke("b"), broke("a after a pause of 200ms"), broke("give up: exhausted")},
		},
		{
			name:    "after 401 and 403 there is one new token, then the same host",
			uploads: "a second refusal ended the upload, and no other host was asked",
			reason:  "one host that is out of step with the token must not decide for all",
			policy:  upload, hosts: "a b",
			events: []event{denied("refresh"), newToken, denied("b"), denied("give up: all refused")},
		},
		{
			name:   "after progress a token may go stale once more",
			policy: upload, hosts: "a b",
			events: []event{denied("refresh"), newToken, cut("a"), progressed, denied("refresh")},
		},
		{
			name:      "a new token that is older than the refusal is worth one more",
			downloads: "did not ask how old it was",
			policy:    upload, hosts: "a",
			events: []event{denied("refresh"), newButOldToken, denied("refresh"), newButOldToken, denied("give up: all refused")},
		},
		{
			name:   "where there is no other token, the next host follows",
			policy: upload, hosts: "a b",
			events: []event{denied("refresh"), notRefreshed("b"), denied("give up: all refused")},
		},
		{
			name:    "a resumed request that is refused is no refused object: probe again, then begin at byte 0",
			uploads: "the host was not asked again",
			reason:  "late bytes of a broken connection move the offset, and what a host holds can expire",
			policy:  upload, hosts: "a b",
			events: []event{cut("a"), progressed, refusedOffset("a"), refusedOffset("a from byte 0"), refused("b")},
		},
		{
			name:   "a host that takes the object from byte 0 is asked twice again after progress",
			policy: upload, hosts: "a b",
			events: []event{refusedOffset("a"), refusedOffset("a from byte 0"), cut("a"), progressed, refusedOffset("a"), refusedOffset("a from byte 0")},
		},
		{
			name:   "a host that refuses offsets, and never has more than before, is left",
			policy: upload, hosts: "a b",
			events: []event{refusedOffset("a"), refusedOffset("a from byte 0"), cut("a"), refusedOffset("b")},
		},
		{
			name:   "a host cannot be asked what it holds of a download: that begins at byte 0 at once",
			policy: download, hosts: "a b",
			events: []event{refusedOffset("a from byte 0"), refused("b")},
		},
		{
			name:      "413, 415 and any other 4xx: each remaining host once, then an error",
			downloads: "a refusal was forgotten once bytes came from another host",
			reason:    "the fetcher says when the attempts are at another part, and resets the machine then",
			policy:    upload, hosts: "a b c",
			events: []event{refused("b"), cut("b"), progressed, refused("c"), refused("give up: all refused")},
		},
		{
			name:      "404 and 410 of a download: it is brought back, and every host is asked anew",
			downloads: "was brought back at the first host's word",
			policy:    download, hosts: "a b",
			events: []event{gone("recover"), recovered, gone("b"), gone("give up: gone")},
		},
		{
			name:   "a download that cannot be brought back: each remaining host once",
			policy: unrecoverable, hosts: "a b c",
			events: []event{gone("b"), broke("c"), gone("give up: gone")},
		},
		{
			name:   "a download whose recovery failed: each remaining host once",
			policy: download, hosts: "a b",
			events: []event{gone("recover"), notRecovered("b"), gone("give up: gone")},
		},
		{
			name:   "recovery before the first attempt: no other one until there is progress",
			policy: download, hosts: "a b",
			events: []event{goneBefore, gone("b"), progressed, gone("recover")},
		},
		{
			name:    "a token that is refused twice means that a download is gone",
			uploads: "does not apply: the object is the caller's",
			policy:  download, hosts: "a b",
			events: []event{denied("refresh"), newToken, denied("recover"), notRecovered("b")},
		},
		{
			name:   "where the source failed there is an error",
			policy: upload, hosts: "a b",
			events: []event{fatal("give up: source")},
		},
		{
			name:    "time without progress ends it, counted from the first failure",
			uploads: "counted from the last progress, so a long first attempt left no time for a second",
			policy:  failover.Policy{MaxElapsed: 10 * time.Second}, hosts: "a",
			events: []event{busy(6*time.Second, "a in 6s"), busy(3*time.Second, "a in 3s"), busy(time.Second, "give up: exhausted")},
		},
		{
			name:   "a stretch that is delivered clears the way for the next one",
			policy: upload, hosts: "a b",
			events: []event{stalled("a"), delivered, stalled("a"), delivered, denied("refresh"), newToken, delivered, denied("refresh")},
		},
		{
			name:    "new hosts: the one in use stays in use, and one that refused is not taken in its place",
			uploads: "the first one was, refused or not",
			policy:  attempts(3), hosts: "a b c",
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
					require.Equal(t, event.want, describe(m, step, event.want), "step %d (uploads did: %s; downloads did: %s; decided: %s)",
						i+1, row.uploads, row.downloads, row.reason)
				}
				now = now.Add(step.Wait)
			}
		})
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

func TestSaidNamesEachHostOnceInOrderOnOneLine(t *testing.T) {
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

// The policy is a pure state machine: whoever drives it brings the requests, the contexts and the clock.
func TestThePolicyKnowsNoHTTPAndNoContext(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "math/rand/v2")
	require.NotContains(t, deps, "net/http")
	require.NotContains(t, deps, "context")
}

// Whatever hosts do, a machine with limits ends, and until then names a listed host that has not refused.
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
