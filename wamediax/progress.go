package wamediax

import (
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// Stage says what a transfer is doing.
type Stage int

const (
	Encrypting  Stage = iota // the source is read for the first time; where nothing is encrypted, only hashed
	Uploading                // bytes of the object go to a host
	Downloading              // bytes of the object come from a host
)

// String returns the stage in a word, such as "uploading".
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

// Progress is one report on a transfer.
type Progress struct {
	Stage   Stage
	Done    int64  // bytes: of the source while encrypting, else of the object; of OpenMedia, the reading position in it
	Total   int64  // bytes; 0 where nobody knows yet (a plain stream that is being encrypted, a live upload)
	Host    string // in use; "" while encrypting
	Attempt int    // 1 for the first; 0 while encrypting
	Resumed bool   // the host held some of the object already
	Item    int    // of UploadAll: the index of the item; else 0
}

// uploadProgress reports on the upload of an item.
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

// downloadProgress reports on a download.
func downloadProgress(report func(Progress)) func(fetch.Progress) {
	return func(p fetch.Progress) {
		report(Progress{Stage: Downloading, Done: p.Done, Total: p.Total, Host: p.Host, Attempt: p.Attempt, Resumed: p.Resumed})
	}
}

// oneAtATime has report called by one transfer at a time.
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
