package wamediax

import (
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// Stage is what a transfer is currently doing.
type Stage int

const (
	Encrypting  Stage = iota // reading the source for the first time, to encrypt or only to hash it
	Uploading                // sending the object to a host
	Downloading              // receiving the object from a host
)

// String returns the name of the stage, such as "uploading".
func (s Stage) String() string {
	switch s {
	case Encrypting:
		return "encrypting"
	case Uploading:
		return "uploading"
	case Downloading:
		return "downloading"
	default:
		return "unknown stage"
	}
}

// Progress is a report on a transfer. See [WithProgress].
type Progress struct {
	Stage Stage
	// bytes of the source while encrypting, otherwise of the object; in OpenMedia, the position in
	// it
	Done    int64
	Total   int64  // bytes; 0 if not known yet (a plain stream while encrypting, a live upload)
	Host    string // in use; "" while encrypting
	Attempt int    // 1 for the first; 0 while encrypting
	Resumed bool   // the host already held part of the object
	Item    int    // index of the item in UploadAll or SendAlbum, otherwise 0
}

// uploadProgress adapts report to the upload of the item with this index.
func uploadProgress(report func(Progress), item int) func(upload.Progress) {
	if report == nil {
		return nil
	}
	return func(p upload.Progress) {
		stage := Encrypting
		if p.Stage == upload.Uploading {
			stage = Uploading
		}
		report(Progress{Stage: stage, Done: p.Done, Total: p.Total, Host: p.Host, Attempt: p.Attempt, Resumed: p.Resumed, Item: item})
	}
}

// downloadProgress adapts report to a download.
func downloadProgress(report func(Progress)) func(fetch.Progress) {
	return func(p fetch.Progress) {
		report(Progress{Stage: Downloading, Done: p.Done, Total: p.Total, Host: p.Host, Attempt: p.Attempt, Resumed: p.Resumed})
	}
}

// oneAtATime serializes calls of report.
func oneAtATime(report func(Progress)) func(Progress) {
	if report == nil {
		return nil
	}
	var mu sync.Mutex
	return func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		report(p)
	}
}
