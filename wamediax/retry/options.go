package retry

import (
	"time"

	"go.mau.fi/whatsmeow/types"
)

const (
	defaultTimeout     = 30 * time.Second
	defaultParallelism = 32

	defaultSilenceLimit = 3
	defaultSilencePause = time.Minute
)

// Option changes how a [Requester] asks.
type Option func(*Requester)

// WithTimeout sets how long an answer is waited for, from the first receipt on. Time that is spent waiting for a socket that
// is down before that is not counted. Zero or less: 30 s.
func WithTimeout(d time.Duration) Option {
	return func(r *Requester) {
		if d <= 0 {
			d = defaultTimeout
		}
		r.timeout = d
	}
}

// WithParallelism sets how many requests a call of [Requester.RequestAll] has under way at a time. Zero or less: 32.
func WithParallelism(n int) Option {
	return func(r *Requester) {
		if n <= 0 {
			n = defaultParallelism
		}
		r.parallelism = n
	}
}

// WithPace lets the requests of a call of [Requester.RequestAll] begin one after the other, one per interval on average, up to
// half an interval late: a burst right after linking is not what phones are used to. mautrix-whatsapp has 500 ms. 0, the
// default: no pace.
func WithPace(interval time.Duration) Option {
	return func(r *Requester) { r.pace = interval }
}

// WithReminder sets whether a second receipt is sent when half of the time is over without an answer. It is on by default: a
// phone that was asleep for the first one often answers the second.
func WithReminder(on bool) Option {
	return func(r *Requester) { r.reminder = on }
}

// WithSilenceLimit sets when a requester takes the phone for offline: after n requests in a row that the phone left unanswered
// for the whole timeout. From then on requests fail at once with [ErrTimeout], except for one per pause, until the phone answers
// anything at all; that it does not have the media is an answer too. A request that failed because the client's own connection
// was down does not count. The default is 3 requests and one minute. A pause of zero or less is one minute; n of zero or
// less lets every request wait.
func WithSilenceLimit(n int, pause time.Duration) Option {
	return func(r *Requester) {
		if pause <= 0 {
			pause = defaultSilencePause
		}
		r.breaker.limit, r.breaker.pause = max(n, 0), pause
	}
}

// WithAddressing makes every receipt name people by LID (types.AddressingModeLID) or by phone number
// (types.AddressingModePN). Who has no known name of that kind is named as in the request. The default, "", is what WhatsApp
// Web does: by LID once the account's chats have moved to LIDs, which whatsmeow's Store.LIDMigrationTimestamp tells; as in
// the request before.
func WithAddressing(mode types.AddressingMode) Option {
	return func(r *Requester) { r.addressing = mode }
}
