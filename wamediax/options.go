package wamediax

import (
	"net/http"
	"slices"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// An option has the same name and meaning wherever it applies. Its type determines where that is:
// an option that a call cannot honour does not compile. Nil options are ignored. An option of a
// call overrides the same option of Wrap.

// Option is an option of [Wrap]. If calls accept it too, it sets their default.
type Option interface{ wrap(*settings) }

// SendOption is an option of [Client.SendMedia] and [Client.SendAlbum]. Every UploadOption is one.
type SendOption interface{ send(*sendSettings) }

// ForwardOption is an option of [Client.ForwardMedia].
type ForwardOption interface{ forward(*sendSettings) }

// MessageOption is an option of SendMedia, SendAlbum and ForwardMedia.
type MessageOption interface {
	SendOption
	ForwardOption
}

// UploadOption is an option of [Client.UploadMedia], SendMedia and SendAlbum.
type UploadOption interface {
	SendOption
	upload(*uploadSettings)
}

// LiveOption is an option of [Client.UploadLive].
type LiveOption interface{ live(*liveSettings) }

// UploadAllOption is an option of [Client.UploadAll].
type UploadAllOption interface{ uploadAll(*uploadAllSettings) }

// DownloadOption is an option of [Client.DownloadTo], DownloadFile, DownloadBytes and OpenMedia.
type DownloadOption interface{ download(*downloadSettings) }

// TransferOption is an option of Wrap and of every upload and download.
type TransferOption interface {
	SendingOption
	DownloadOption
}

// SendingOption is an option of Wrap and of every upload.
type SendingOption interface {
	Option
	UploadOption
	LiveOption
	UploadAllOption
}

// EncryptionOption is an option of a single upload, live or not.
type EncryptionOption interface {
	UploadOption
	LiveOption
}

// RecallOption is an option of Wrap and of uploads that a resume store can record.
type RecallOption interface {
	Option
	UploadOption
}

// BulkOption is an option of Wrap and of bulk runs.
type BulkOption interface {
	Option
	UploadAllOption
}

// ReceivingOption is an option of Wrap and of every download.
type ReceivingOption interface {
	Option
	DownloadOption
}

// transfer holds the settings that uploads and downloads share.
type transfer struct {
	progress  func(Progress)
	sending   []resume.Option
	finer     bool // upload paths
	freshFor  time.Duration
	receiving []fetch.CallOption
}

type settings struct {
	transfer
	bulk         bulkSettings
	http         *http.Client
	spoolMemory  int64
	store        resume.Store
	resumeExpiry time.Duration
	strictStore  bool
	maxParallel  int64
	turns        *Turns // nil: none are shared
	requesting   []retry.Option

	previewer      Previewer
	previewTimeout time.Duration

	files []fetch.FileOption
}

type encryption struct {
	kind     Kind // "": the usual one of the media type
	preview  *Preview
	mediaKey []byte
	sidecar  *bool // nil: as the media type wants it
}

type uploadSettings struct {
	transfer
	encryption
	resumeID   string
	newsletter bool
	withoutURL bool
}

type sendSettings struct {
	uploadSettings
	message.Details
	hd    bool
	extra whatsmeow.SendRequestExtra
}

type liveSettings struct {
	transfer
	encryption
	chunk    int64 // bytes, a multiple of 16
	fallback bool
}

type bulkSettings struct {
	parallelism int
	pace        time.Duration
}

type uploadAllSettings struct {
	transfer
	bulk    bulkSettings
	recheck time.Duration
	dryRun  bool
}

// apply calls set with each option that is not nil.
func apply[O comparable](opts []O, set func(O)) {
	var none O
	for _, opt := range opts {
		if opt != none {
			set(opt)
		}
	}
}

type transferOption func(*transfer)

func (o transferOption) wrap(s *settings)               { o(&s.transfer) }
func (o transferOption) upload(s *uploadSettings)       { o(&s.transfer) }
func (o transferOption) send(s *sendSettings)           { o(&s.transfer) }
func (o transferOption) live(s *liveSettings)           { o(&s.transfer) }
func (o transferOption) uploadAll(s *uploadAllSettings) { o(&s.transfer) }
func (o transferOption) download(s *downloadSettings)   { o(&s.transfer) }

type encryptionOption func(*encryption)

func (o encryptionOption) upload(s *uploadSettings) { o(&s.encryption) }
func (o encryptionOption) send(s *sendSettings)     { o(&s.encryption) }
func (o encryptionOption) live(s *liveSettings)     { o(&s.encryption) }

type bulkOption func(*bulkSettings)

func (o bulkOption) wrap(s *settings)               { o(&s.bulk) }
func (o bulkOption) uploadAll(s *uploadAllSettings) { o(&s.bulk) }

type wrapOption func(*settings)

func (o wrapOption) wrap(s *settings) { o(s) }

type uploadOption func(*uploadSettings)

func (o uploadOption) upload(s *uploadSettings) { o(s) }

func (o uploadOption) send(s *sendSettings) { o(&s.uploadSettings) }

type sendOption func(*sendSettings)

func (o sendOption) send(s *sendSettings) { o(s) }

type messageOption func(*sendSettings)

func (o messageOption) send(s *sendSettings)    { o(s) }
func (o messageOption) forward(s *sendSettings) { o(s) }

type liveOption func(*liveSettings)

func (o liveOption) live(s *liveSettings) { o(s) }

type uploadAllOption func(*uploadAllSettings)

func (o uploadAllOption) uploadAll(s *uploadAllSettings) { o(s) }

func sendingOption(opt resume.Option) SendingOption {
	return transferOption(func(t *transfer) { t.sending = append(slices.Clip(t.sending), opt) })
}

func receivingOption(opt fetch.CallOption) ReceivingOption {
	return transferOption(func(t *transfer) { t.receiving = append(slices.Clip(t.receiving), opt) })
}

func bothWays(send resume.Option, receive fetch.CallOption) TransferOption {
	return transferOption(func(t *transfer) {
		t.sending = append(slices.Clip(t.sending), send)
		t.receiving = append(slices.Clip(t.receiving), receive)
	})
}
