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

// Option is an option of [New].
type Option func(*Requester)

// WithTimeout sets how long a request waits for the answer after the first receipt is sent. Time
// spent waiting for the socket before that does not count. The default is 30 s, also for d <= 0.
func WithTimeout(d time.Duration) Option {
	return func(r *Requester) {
		if d <= 0 {
			d = defaultTimeout
		}
		r.timeout = d
	}
}

// WithParallelism sets how many requests of one [Requester.RequestAll] call are active at a time.
// The default is 32, also for n <= 0.
func WithParallelism(n int) Option {
	return func(r *Requester) {
		if n <= 0 {
			n = defaultParallelism
		}
		r.parallelism = n
	}
}

// WithPace spaces the requests of one [Requester.RequestAll] call by interval on average, with
// random delays of up to half of it. Phones are not used to bursts right after linking;
// mautrix-whatsapp uses 500 ms. The default, 0, does not limit the pace.
func WithPace(interval time.Duration) Option {
	return func(r *Requester) { r.pace = interval }
}

// WithReminder sets whether the receipt is sent again after half of the timeout. The default is on:
// a phone that slept through the first receipt often answers the second.
func WithReminder(on bool) Option {
	return func(r *Requester) { r.reminder = on }
}

// WithSilenceLimit sets when the requester considers the phone offline: after n requests in a row
// that got no answer within the timeout. From then on, requests fail at once with [ErrTimeout],
// except for one per pause, until the phone answers any request, even with a failure. Requests that
// failed because the client was not connected do not count. The defaults are 3 requests and one
// minute. A pause of zero or less means one minute; n of zero or less sets no limit.
func WithSilenceLimit(n int, pause time.Duration) Option {
	return func(r *Requester) {
		if pause <= 0 {
			pause = defaultSilencePause
		}
		r.breaker.limit, r.breaker.pause = max(n, 0), pause
	}
}

// WithAddressing makes receipts name people by LID (types.AddressingModeLID) or by phone number
// (types.AddressingModePN). People without a known name of that kind are named as in the request.
// The default, "", does what WhatsApp Web does: it uses LIDs once the account's chats have moved to
// LIDs (whatsmeow's Store.LIDMigrationTimestamp), and the names in the request before that.
func WithAddressing(mode types.AddressingMode) Option {
	return func(r *Requester) { r.addressing = mode }
}
