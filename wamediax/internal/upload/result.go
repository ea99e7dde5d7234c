package upload

import (
	"bytes"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Content describes an object without its bytes.
type Content struct {
	Info     streamenc.Info // only FileSHA256 and FileLength if not encrypted
	Mimetype string
	KeyMade  time.Time // when the media key was made, in seconds; zero if not encrypted
}

// Result is an object that is on the CDN.
type Result struct {
	Content
	Response resume.Response
	Note     []byte // from the source
	Shared   bool   // sent by another upload
	Look     any    // result of the job's Look
}

// Recorded returns the result of the upload in rec. It reports false if that upload is unfinished,
// or if rec lacks something that job asks for.
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
			sealed := sealedIn(rec) // only it has the first frame's sidecar
			if sealed == nil {
				return Result{}, false
			}
			content.Info = sealed.Info()
		}
		content.KeyMade = rec.MediaKeyTimestamp
	}
	return Result{Content: content, Response: *rec.Response, Note: rec.Note}, true
}

// sealedIn returns the sealed object in rec, or nil if there is none that this version can read.
func sealedIn(rec *resume.Record) *streamenc.Sealed {
	sealed := new(streamenc.Sealed)
	if sealed.UnmarshalBinary(rec.Sealed.Bytes()) != nil || !bytes.Equal(sealed.Info().FileEncSHA256, rec.FileEncSHA256) {
		return nil
	}
	return sealed
}

// recordOf returns the journal's record of an object. sealed is nil if another upload has sealed
// it.
func recordOf(content Content, note, sealed []byte) *resume.Record {
	return &resume.Record{
		MediaKey: resume.SecretOf(content.Info.MediaKey), MediaKeyTimestamp: content.KeyMade,
		FileSHA256: content.Info.FileSHA256, FileEncSHA256: content.Info.FileEncSHA256, FileLength: content.Info.FileLength,
		Sidecar: content.Info.Sidecar, Mimetype: content.Mimetype, Note: note, Sealed: resume.SecretOf(sealed),
	}
}
