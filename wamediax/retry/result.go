package retry

import (
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

// Status is the outcome that the phone reports. The values are those of the protocol (waMmsRetry).
type Status int

const (
	// GeneralError is any failure without its own status. Asking again later can help.
	GeneralError Status = iota
	// Success means that the media is on the media hosts again, at the result's DirectPath.
	Success
	// NotFound means that the phone no longer has the media. The original path may still work, as
	// the phone does not know what the media hosts have.
	NotFound
	// DecryptionError means that the phone could not decrypt the request. Most likely the media key
	// is not the message's.
	DecryptionError
)

// String returns the status in words, such as "not found".
func (s Status) String() string {
	switch s {
	case GeneralError:
		return "general error"
	case Success:
		return "success"
	case NotFound:
		return "not found"
	case DecryptionError:
		return "decryption error"
	default:
		return fmt.Sprintf("status %d", int(s))
	}
}

// statusOf converts an error code or a decrypted result. The protocol has one numbering for both.
func statusOf(code int) Status {
	switch status := Status(code); status {
	case Success, NotFound, DecryptionError:
		return status
	default:
		return GeneralError
	}
}

// Result is the phone's answer. Check Status: a failure that the phone reports is a result, not an
// error.
type Result struct {
	Status Status
	// DirectPath is the media's new path if Status is Success. It starts with a slash and replaces
	// the message's direct path. The media key and the hashes do not change.
	DirectPath string

	// the notification that was the answer; nil: an ordinary answer
	history *waE2E.HistorySyncNotification
}

// Outcome is the result of one request of [Requester.RequestAll], or the error that
// [Requester.Request] would have returned.
type Outcome struct {
	Result Result
	Err    error
}
