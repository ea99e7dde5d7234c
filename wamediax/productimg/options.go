package productimg

import (
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// Option configures [Upload] and [Sync].
type Option func(*settings)

type settings struct {
	quality    int // of the JPEG; 0 to keep pictures unchanged
	maxSide    int
	maxPixels  int64
	maxMemory  int64
	converting *semaphore.Weighted // bytes of memory
	all        []wamediax.UploadAllOption
	one        []wamediax.UploadOption
}

func newSettings(opts []Option) *settings {
	s := &settings{maxPixels: 64 << 20, maxMemory: picture.DefaultMemory}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	s.converting = semaphore.NewWeighted(s.maxMemory)
	return s
}

// WithJPEG converts pictures to JPEG with the given quality, 1 to 100, and scales them down if the
// longer side has more than maxSide pixels (0: no limit). Transparent parts become white. It
// applies the EXIF orientation and removes all metadata, including the location. It keeps a JPEG
// that is already upright and small enough byte for byte, because converting it again would only
// lose quality.
//
// All conversions of one call together take at most [WithMaxMemory] of memory, plus the resulting
// JPEGs. Sources of more than 8 MiB are kept in temporary files; sources of more than 256 MiB are
// rejected.
func WithJPEG(quality, maxSide int) Option {
	return func(s *settings) { s.quality, s.maxSide = min(max(quality, 1), 100), max(maxSide, 0) }
}

// WithMaxPixels limits the pixels, width times height, of a picture. The default is 64 Mi.
func WithMaxPixels(n int64) Option { return func(s *settings) { s.maxPixels = n } }

// WithMaxMemory limits the memory in bytes that the concurrent conversions of one call may take.
// The default is 192 MiB. Conversions wait until enough of it is free, whatever [WithParallelism]
// is. A picture that needs more than the limit gives [ErrTooManyPixels]. Decoding takes 1.5 bytes
// per pixel of most JPEGs and 4 of most PNGs, but 8 to 15 of a progressive JPEG and up to 16 of an
// interlaced PNG. Scaling down takes 1 more, keeping the size 4 more, or 8 if the picture is
// rotated.
func WithMaxMemory(bytes int64) Option { return func(s *settings) { s.maxMemory = bytes } }

// WithParallelism sets how many pictures [Sync] processes concurrently. The default is 8.
func WithParallelism(n int) Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithParallelism(n)) }
}

// WithPace makes [Sync] start one picture per interval on average; see [wamediax.WithPace].
func WithPace(interval time.Duration) Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithPace(interval)) }
}

// WithRecheck sets when [Sync] asks the CDN again about a picture that it has confirmed. The
// default is 24 h; see [wamediax.WithRecheck].
func WithRecheck(after time.Duration) Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithRecheck(after)) }
}

// WithDryRun makes [Sync] report what it would send without sending it; see [wamediax.WithDryRun].
// It still reads, checks and, if configured, converts pictures that the resume store does not know.
// An Image that it would send has no URL.
func WithDryRun() Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithDryRun()) }
}

// WithProgress reports the progress of [Upload]; see [wamediax.WithProgress]. [Sync] ignores it.
func WithProgress(report func(wamediax.Progress)) Option {
	return func(s *settings) { s.one = append(s.one, wamediax.WithProgress(report)) }
}
