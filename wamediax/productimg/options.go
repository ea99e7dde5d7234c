package productimg

import (
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// Option is a setting of [Upload] and [Sync].
type Option func(*settings)

type settings struct {
	quality    int // of the JPEG; 0: pictures stay as they are
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

// WithJPEG converts pictures to JPEG of that quality, 1 to 100, and scales those down whose longer side has more than
// maxSide pixels; 0: none. Transparent parts become white. The orientation that a JPEG's EXIF data asks for is applied, and
// all metadata is left out, the place where it was taken too. A JPEG that is upright and small enough already stays as it
// is, byte for byte: converting it once more would only make it worse.
//
// All conversions of one call together take at most as much memory as [WithMaxMemory] allows, and the JPEGs that they make.
// Sources of more than 8 MiB are kept in temporary files meanwhile; of more than 256 MiB they are refused.
func WithJPEG(quality, maxSide int) Option {
	return func(s *settings) { s.quality, s.maxSide = min(max(quality, 1), 100), max(maxSide, 0) }
}

// WithMaxPixels sets how many pixels, width times height, a picture may have: 64 Mi.
func WithMaxPixels(n int64) Option { return func(s *settings) { s.maxPixels = n } }

// WithMaxMemory sets how many bytes of memory the conversions of one call may take at once: 192 MiB. Those that would take more
// together wait for each other, whatever [WithParallelism] says. One that would take more alone is [ErrTooManyPixels]: decoding
// takes 1.5 bytes per pixel of most JPEGs and 4 of most PNGs, but 8 to 15 of a progressive JPEG and up to 16 of an interlaced
// PNG; scaling down takes 1 more, and keeping the size 4, or 8 where the picture is turned.
func WithMaxMemory(bytes int64) Option { return func(s *settings) { s.maxMemory = bytes } }

// WithParallelism sets how many pictures [Sync] has at work at a time: 8.
func WithParallelism(n int) Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithParallelism(n)) }
}

// WithPace lets the pictures of [Sync] begin one after the other, one per interval on average; see [wamediax.WithPace].
func WithPace(interval time.Duration) Option {
	return func(s *settings) { s.all = append(s.all, wamediax.WithPace(interval)) }
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
