package resume

import (
	"fmt"
	"log/slog"
	"time"
)

// Record is what a [Store] keeps of one upload: enough to go on sending the same object, and, once that is on the CDN, to
// send it to the next chat.
//
// Stores keep times to the millisecond and return them in UTC; strings have to be valid UTF-8. A record that is printed,
// logged or marshalled as JSON shows no secret, by itself or within another value; [Record.MarshalBinary] gives everything.
type Record struct {
	Account   string // user part of the account's own JID: no other account can use the record
	MediaType string // whatsmeow.MediaType
	Path      string // upload path, as "/mms/video"
	// Host has taken most of the object so far, and may be the only one that holds it; "" if no host has.
	Host string
	// Source identifies the source of the plaintext. Its form is the caller's, who compares it before reusing anything else.
	Source []byte

	MediaKey          Secret `json:"-"`
	MediaKeyTimestamp time.Time
	FileSHA256        []byte // of the plaintext: the media key must not be used for any other
	FileEncSHA256     []byte // of the object
	FileLength        int64  // of the plaintext, in bytes
	Sidecar           []byte // nil for none
	Mimetype          string
	Note              []byte // what else the caller wants to know of the plaintext without reading it
	Sealed            Secret `json:"-"` // a marshalled streamenc.Sealed, which contains the media key; zero for none

	// Response is the CDN's answer, nil until the upload is done. A store keeps its URL, DirectPath, Handle, ObjectID,
	// ThumbnailDirectPath, ThumbnailSHA256 and MetadataURL.
	Response *Response

	Created time.Time // zero: Save sets it to the present
	Updated time.Time // Save always sets it to the present
	Expires time.Time // from then on Load returns ErrNotFound; zero: never
}

// Format prints what the record is about.
func (rec Record) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, rec.describe()) }

// LogValue logs what the record is about.
func (rec Record) LogValue() slog.Value { return slog.StringValue(rec.describe()) }

func (rec *Record) describe() string {
	return fmt.Sprintf("upload record (%s, %d bytes, done: %t)", rec.Path, rec.FileLength, rec.Response != nil)
}

// Stamped returns a copy of rec with Updated, and Created if that is zero, set to now. A [Store] saves this copy.
func (rec *Record) Stamped(now time.Time) *Record {
	saved := *rec
	saved.Updated = now
	if saved.Created.IsZero() {
		saved.Created = now
	}
	return &saved
}

// Expired reports whether the record must no longer be used.
func (rec *Record) Expired(now time.Time) bool {
	return !rec.Expires.IsZero() && !now.Before(rec.Expires)
}

// Outdated reports whether [Store.Purge] removes the record: it has expired, or was saved olderThan ago or longer. A record
// that was saved as far in the future, by a clock that was wrong then or by right clocks of which now's is wrong, counts as
// old too: nobody can know its age, and it must not stay for ever.
func (rec *Record) Outdated(now time.Time, olderThan time.Duration) bool {
	return rec.Expired(now) || now.Sub(rec.Updated).Abs() >= max(0, olderThan)
}
