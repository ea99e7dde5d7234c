package streamenc

import (
	"bytes"
	"crypto/rand"
	"runtime"
)

// Option changes how something is encrypted.
type Option func(*options)

type options struct {
	mediaKey    []byte // nil: random
	sidecar     bool
	firstFrame  bool
	parallelism int // 0: GOMAXPROCS
	inMemory    int64
}

// WithKey encrypts under this media key (32 bytes, copied) in place of a random one. One media key must never be used for
// two plaintexts: whoever has both objects learns where the two begin to differ.
func WithKey(mediaKey []byte) Option {
	key := bytes.Clone(mediaKey)
	if key == nil {
		key = []byte{} // a missing key is a mistake, not a wish for a random one
	}
	return func(o *options) { o.mediaKey = key }
}

// WithSidecar makes the streaming sidecar as well (Info.Sidecar), which lets a player verify audio and video while it
// downloads. It is off by default and costs one more HMAC over everything.
func WithSidecar(on bool) Option {
	return func(o *options) { o.sidecar = on }
}

// WithFirstFrameSidecar makes Info.FirstFrameLength and Info.FirstFrameSidecar if the plaintext turns out to be an
// animated WebP, as WhatsApp Web does for animated stickers. It costs next to nothing; for any other plaintext both stay
// empty.
func WithFirstFrameSidecar(on bool) Option {
	return func(o *options) { o.firstFrame = on }
}

// WithParallelism sets how many goroutines work on one stream, the caller's included. The default is GOMAXPROCS, of which
// at most 4 find work. 1 uses the caller's goroutine alone and the least memory (Encrypt: 64 KiB instead of 2 MiB).
// Whatever n is, no goroutine outlives the call, and reader and writer are only used from the caller's goroutine.
func WithParallelism(n int) Option {
	return func(o *options) { o.parallelism = n }
}

// WithObjectInMemory makes Seal keep the object if it has at most limit bytes, so that Open hands it out without encrypting
// again: small media is encrypted once instead of twice. What is handed out then is what was sealed, whatever happens to the
// source meanwhile. [Sealed.Release] gives the memory back. Buffers for up to 1 MiB come from a pool, so that is a good limit.
// The default is 0, and 16 MiB is the most; other functions than Seal ignore it.
func WithObjectInMemory(limit int64) Option {
	return func(o *options) { o.inMemory = min(limit, maxInMemory) }
}

// maxInMemory keeps a wrong size from asking for more memory than there is.
const maxInMemory = 16 << 20

func (o *options) apply(opts []Option) {
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	o.parallelism = workers(o.parallelism)
}

// workers bounds a wish for parallelism to what finds work.
func workers(n int) int {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return min(n, maxWorkers)
}

// key returns the media key to use: the one that was given, or a random one, for which it uses fresh.
func (o *options) key(fresh *[mediaKeySize]byte) []byte {
	if o.mediaKey != nil {
		return o.mediaKey
	}
	_, _ = rand.Read(fresh[:]) // never fails
	return fresh[:]
}
