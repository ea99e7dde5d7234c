package retry

import (
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

// Status is what the phone says about the media. The numbers are those of the protocol (waMmsRetry).
type Status int

const (
	// GeneralError is every failure that has no status of its own. Asking again later can help.
	GeneralError Status = iota
	// Success means that the media is on the media hosts again, under the result's DirectPath.
	Success
	// NotFound means that the phone does not have the media any more. The original path may still work: the phone cannot
	// know what the media hosts hold.
	NotFound
	// DecryptionError means that the phone could not read the request. Most likely the media key is not the message's.
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

// statusOf makes a status of an error code or a decrypted result: the protocol has one numbering for both.
func statusOf(code int) Status {
	switch status := Status(code); status {
	case Success, NotFound, DecryptionError:
		return status
	default:
		return GeneralError
	}
}

// Result is the phone's answer. A failure that the phone reports is a result, too: look at Status.
type Result struct {
	Status Status
	// DirectPath is where the media is now, if Status is Success: it starts with a slash, and replaces the message's own
	// direct path. The media key and the hashes stay as they are.
	DirectPath string

	history *waE2E.HistorySyncNotification // that says so; nil: it was an ordinary answer
}

// Outcome is what became of one request of many: the error is what [Requester.Request] would have returned.
type Outcome struct {
	Result Result
	Err    error
}
