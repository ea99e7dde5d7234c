package streamenc

import (
	"bytes"
	"crypto/rand"
	"runtime"
)

// Option is an option for encryption.
type Option func(*options)

type options struct {
	mediaKey    []byte // nil: random
	sidecar     bool
	firstFrame  bool
	parallelism int // 0: GOMAXPROCS
	inMemory    int64
}

// WithKey encrypts with this media key (32 bytes, copied) instead of a random one. Never use one
// media key for two plaintexts: the two objects would reveal where the plaintexts first differ.
func WithKey(mediaKey []byte) Option {
	key := bytes.Clone(mediaKey)
	if key == nil {
		key = []byte{} // a missing key is an error, not a request for a random one
	}
	return func(o *options) { o.mediaKey = key }
}

// WithSidecar computes Info.Sidecar, the streaming sidecar, with which a player can verify audio
// and video while downloading. The default is off. It costs an additional HMAC over all data.
func WithSidecar(on bool) Option {
	return func(o *options) { o.sidecar = on }
}

// WithFirstFrameSidecar sets Info.FirstFrameLength and Info.FirstFrameSidecar if the plaintext is
// an animated WebP, as WhatsApp Web does for animated stickers. It costs almost nothing.
func WithFirstFrameSidecar(on bool) Option {
	return func(o *options) { o.firstFrame = on }
}

// WithParallelism sets how many goroutines work on one stream, including the caller's. The default
// is GOMAXPROCS, at most 4. With 1, only the caller's goroutine works, and least memory is needed
// (Encrypt: 64 KiB instead of 2 MiB). With 2, another one computes the hashes. With 3, a third one
// encrypts, so that the caller's only reads and writes. With 4, two of them compute the hashes. For
// any n, no goroutine outlives the call, and only the caller's goroutine uses reader and writer.
func WithParallelism(n int) Option {
	return func(o *options) { o.parallelism = n }
}

// WithObjectInMemory makes Seal keep objects of up to limit bytes in memory, so that Open does not
// encrypt again: small media is encrypted once instead of twice. Readers then return what was
// sealed, even if the source changes. Call [Sealed.Release] to free the memory. Buffers of up to 1
// MiB are pooled, so that is a good limit. The default is 0, the maximum 16 MiB. Other functions
// than Seal ignore this option.
func WithObjectInMemory(limit int64) Option {
	return func(o *options) { o.inMemory = min(limit, maxInMemory) }
}

// maxInMemory protects against a wrong limit.
const maxInMemory = 16 << 20

func (o *options) apply(opts []Option) {
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	o.parallelism = workers(o.parallelism)
}

// workers limits the requested parallelism to what is useful.
func workers(n int) int {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return min(n, maxWorkers)
}

// key returns the given media key, or a random one, stored in fresh.
func (o *options) key(fresh *[mediaKeySize]byte) []byte {
	if o.mediaKey != nil {
		return o.mediaKey
	}
	_, _ = rand.Read(fresh[:]) // never fails
	return fresh[:]
}
