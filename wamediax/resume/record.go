package resume

import (
	"fmt"
	"log/slog"
	"time"
)

// Record is what a [Store] keeps of one upload: enough to continue with the same object, and to
// send the uploaded object to further chats.
//
// Stores keep times with millisecond precision and return them in UTC; strings must be valid UTF-8.
// Printing, logging or marshalling a record as JSON shows no secret, also if it is a part of
// another value. [Record.MarshalBinary] includes all secrets.
type Record struct {
	Account   string // user part of the account's JID; no other account can use the record
	MediaType string // whatsmeow.MediaType
	Path      string // upload path, such as "/mms/video"
	// Host has taken most of the object so far, and may be the only host that has it. It is "" if
	// no host has any.
	Host string
	// Source identifies the source of the plaintext, in a form that the caller chooses. The caller
	// must compare it before it reuses the other fields.
	Source []byte

	MediaKey          Secret `json:"-"`
	MediaKeyTimestamp time.Time
	// of the plaintext; the media key must not be used for another plaintext
	FileSHA256    []byte
	FileEncSHA256 []byte // of the object
	FileLength    int64  // of the plaintext, in bytes
	Sidecar       []byte // nil for none
	Mimetype      string
	// further facts about the plaintext that the caller wants without reading it
	Note []byte
	// a marshalled streamenc.Sealed, which contains the media key; zero for none
	Sealed Secret `json:"-"`

	// Response is the CDN's response, nil until the upload is done. Stores keep its URL,
	// DirectPath, Handle, ObjectID, ThumbnailDirectPath, ThumbnailSHA256 and MetadataURL.
	Response *Response

	Created time.Time // zero: Save sets it to the current time
	Updated time.Time // Save always sets it to the current time
	Expires time.Time // Load returns ErrNotFound from then on; zero: never
}

// Format prints a summary without secrets.
func (rec Record) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, rec.describe()) }

// LogValue logs a summary without secrets.
func (rec Record) LogValue() slog.Value { return slog.StringValue(rec.describe()) }

func (rec *Record) describe() string {
	return fmt.Sprintf("upload record (%s, %d bytes, done: %t)", rec.Path, rec.FileLength, rec.Response != nil)
}

// Stamped returns a copy of rec with Updated set to now, and Created too if it is zero. A [Store]
// saves this copy.
func (rec *Record) Stamped(now time.Time) *Record {
	saved := *rec
	saved.Updated = now
	if saved.Created.IsZero() {
		saved.Created = now
	}
	return &saved
}

// Expired reports whether the record has expired and must not be used.
func (rec *Record) Expired(now time.Time) bool {
	return !rec.Expires.IsZero() && !now.Before(rec.Expires)
}

// Outdated reports whether [Store.Purge] removes the record: it has expired, or was saved at least
// olderThan ago. A record that was saved at least olderThan in the future counts as well. One of
// the clocks was wrong then, so its age is unknown, and it must not stay forever.
func (rec *Record) Outdated(now time.Time, olderThan time.Duration) bool {
	return rec.Expired(now) || now.Sub(rec.Updated).Abs() >= max(0, olderThan)
}
