package upload

import (
	"bytes"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Content is what is known of an object apart from its bytes.
type Content struct {
	Info     streamenc.Info // where nothing is encrypted: FileSHA256 and FileLength alone
	Mimetype string
	KeyMade  time.Time // when the media key was made, to the second; zero where nothing is encrypted
}

// Result is an object that is on the CDN.
type Result struct {
	Content
	Response resume.Response
	Note     []byte // what the source says of itself
	Shared   bool   // another upload has sent it
	Look     any    // what the job's Look has found
}

// Recorded returns the result of the upload that rec is about, as job would give it. It reports false if the upload has not
// ended, or if rec lacks something that job asks for.
func Recorded(rec *resume.Record, job Job) (Result, bool) {
	if rec.Response == nil {
		return Result{}, false
	}
	content := Content{
		Info: streamenc.Info{
			MediaKey: rec.MediaKey.Bytes(), FileSHA256: rec.FileSHA256, FileEncSHA256: rec.FileEncSHA256,
			FileLength: rec.FileLength, Sidecar: rec.Sidecar,
		},
		Mimetype: rec.Mimetype,
	}
	if job.Dest.encrypted {
		if rec.Sidecar == nil && job.Sidecar {
			return Result{}, false
		}
		if job.MediaType == mediatype.Sticker && rec.Mimetype == "image/webp" {
			sealed := sealedIn(rec) // it alone knows of the first frame
			if sealed == nil {
				return Result{}, false
			}
			content.Info = sealed.Info()
		}
		content.KeyMade = rec.MediaKeyTimestamp
	}
	return Result{Content: content, Response: *rec.Response, Note: rec.Note}, true
}

// sealedIn returns the sealed object that rec contains, or nil if it has none that this version can use.
func sealedIn(rec *resume.Record) *streamenc.Sealed {
	sealed := new(streamenc.Sealed)
	if sealed.UnmarshalBinary(rec.Sealed.Bytes()) != nil || !bytes.Equal(sealed.Info().FileEncSHA256, rec.FileEncSHA256) {
		return nil
	}
	return sealed
}

// recordOf is what the journal keeps of an object. sealed is nil where another upload has sealed it.
func recordOf(content Content, note, sealed []byte) *resume.Record {
	return &resume.Record{
		MediaKey: resume.SecretOf(content.Info.MediaKey), MediaKeyTimestamp: content.KeyMade,
		FileSHA256: content.Info.FileSHA256, FileEncSHA256: content.Info.FileEncSHA256, FileLength: content.Info.FileLength,
		Sidecar: content.Info.Sidecar, Mimetype: content.Mimetype, Note: note, Sealed: resume.SecretOf(sealed),
	}
}
