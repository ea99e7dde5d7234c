package streamenc

import (
	"math/bits"
	"sync"
)

const (
	minClass = 16 << 10
	classes  = 7 // 16 KiB to 1 MiB, each twice the size of the previous one
	// classSlack is additional space in a buffer for padding, a MAC, and bytes carried over from
	// the previous piece.
	classSlack = 64
)

// pools keep buffers for later calls, by class. For small media, allocating them would take longer
// than encrypting.
var pools [classes]sync.Pool

// buffer is a slice from a pool.
type buffer struct {
	data  []byte
	class int // index of its pool; classes: not pooled
}

// newBuffer returns a buffer of n bytes with arbitrary content.
func newBuffer(n int) *buffer {
	class := bits.Len(uint(max(n-classSlack-1, 0)) / minClass)
	if class >= classes {
		return &buffer{data: make([]byte, n), class: classes}
	}
	if b, ok := pools[class].Get().(*buffer); ok {
		b.data = b.data[:n]
		return b
	}
	return &buffer{data: make([]byte, n, minClass<<class+classSlack), class: class}
}

// recycle returns b to its pool. Nothing else may use b any more. After an error or panic of a
// source or destination that is not certain, because code that abandons a read, such as on a
// cancelled context, may leave it running.
func (b *buffer) recycle() {
	if b != nil && b.class < classes {
		pools[b.class].Put(b)
	}
}

// wipe overwrites b, which contained plaintext. It takes 0.5 % of the time of encrypting and
// hashing it.
func (b *buffer) wipe() *buffer {
	if b != nil {
		clear(b.data)
	}
	return b
}

// recycleRing returns the buffers of a ring to their pools.
func recycleRing(ring []piece) {
	for i := range ring {
		p := &ring[i]
		p.plainBuf.wipe().recycle()
		p.encBuf.recycle()
		*p = piece{}
	}
}
