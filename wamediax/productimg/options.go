package productimg

import (
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// Option is a setting of [Upload] and [Sync].
type Option func(*settings)

type settings struct {
	quality   int // of the JPEG; 0: pictures stay as they are
	maxSide   int
	maxPixels int64
	decoding  *semaphore.Weighted // pixels
	all       []wamediax.UploadAllOption
	one       []wamediax.UploadOption
}

func newSettings(opts []Option) *settings {
	s := &settings{maxPixels: 64 << 20}
	for _, opt := range opts {
		opt(s)
	}
	s.decoding = semaphore.NewWeighted(max(decodedAtOnce, s.maxPixels))
	return s
}

// WithJPEG converts pictures to JPEG of that quality, 1 to 100, and scales those down whose longer side has more than
// maxSide pixels; 0: none. Transparent parts become white. The orientation that a JPEG's EXIF data asks for is applied, and
// all metadata is left out, the place where it was taken too. A JPEG that is upright and small enough already stays as it
// is, byte for byte: converting it once more would only make it worse.
//
// A conversion takes up to 12 bytes of memory per pixel of the source. Within one call so many run at once as have 64 Mi pixels
// together, whatever [WithParallelism] says.
func WithJPEG(quality, maxSide int) Option {
	return func(s *settings) { s.quality, s.maxSide = min(max(quality, 1), 100), max(maxSide, 0) }
}

// WithMaxPixels sets how many pixels, width times height, a picture may have: 64 Mi.
func WithMaxPixels(n int64) Option { return func(s *settings) { s.maxPixels = n } }

// WithParallelism sets how many pictures [Sync] has at work at a time: 8.
func WithParallelism(n int) Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithParallelUploads(n)) }
}

// WithRecheck sets after how long [Sync] asks the CDN again for what it has confirmed: 24 h; see [wamediax.WithRecheck].
func WithRecheck(after time.Duration) Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithRecheck(after)) }
}

// WithDryRun has [Sync] tell what it would send, and send nothing; see [wamediax.WithDryRun]. Pictures that the resume store
// does not know are read, checked and, if asked for, converted all the same. Images that it would send have no URL.
func WithDryRun() Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithDryRun()) }
}

// WithProgress reports on [Upload], as [wamediax.WithProgress] does. [Sync] takes no notice.
func WithProgress(report func(wamediax.Progress)) Option {
	return func(s *settings) { s.one = append(s.one, wamediax.WithProgress(report)) }
}
