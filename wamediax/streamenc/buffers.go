package streamenc

import (
	"math/bits"
	"sync"
)

const (
	minClass = 16 << 10
	classes  = 7 // 16 KiB to 1 MiB, each twice the one before
	// classSlack is what a buffer has besides: room for padding, a MAC, and what is carried over from the piece before.
	classSlack = 64
)

// pools keep buffers for the next transfer, by class. Small media would otherwise spend more time on getting memory than on
// encrypting.
var pools [classes]sync.Pool

// buffer is a slice from a pool.
type buffer struct {
	data  []byte
	class int // index of its pool; classes: none
}

// newBuffer returns a buffer of n bytes with whatever content.
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

// recycle gives b to the next transfer. The caller must be sure that nobody else has it: after an error or a panic of a source
// or destination it is not, because code that gives up on a read, as on a cancelled context, may leave that read running.
func (b *buffer) recycle() {
	if b != nil && b.class < classes {
		pools[b.class].Put(b)
	}
}

// wipe overwrites b, which held plaintext. That takes 0.5 % of the time that encrypting and hashing it took.
func (b *buffer) wipe() *buffer {
	if b != nil {
		clear(b.data)
	}
	return b
}

// recycleRing gives the buffers of a ring back.
func recycleRing(ring []piece) {
	for i := range ring {
		p := &ring[i]
		p.plainBuf.wipe().recycle()
		p.encBuf.recycle()
		*p = piece{}
	}
}
