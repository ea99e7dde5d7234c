package streamenc

import "hash"

const (
	hashBlock = 64
	// hashStep is how much goes into one hash before it is the next one's turn. SHA instructions wait for each other, so
	// several hashes in small steps keep a core busier than one after the other: three in steps of 128 bytes run a third
	// faster. Two blocks, because implementations without SHA instructions work on two at a time.
	hashStep = 2 * hashBlock
)

// digest is a hash with what it has to take in next.
type digest struct {
	hash.Hash
	pending []byte
	partial int // bytes of an unfinished block inside the hash
}

// interleave feeds everything pending to its hash, a step at a time.
func interleave(digests []*digest) {
	for _, d := range digests {
		// From a block border on, the hash reads its input where it is instead of copying it first.
		d.take((hashBlock - d.partial) % hashBlock)
	}
	for busy := true; busy; {
		busy = false
		for _, d := range digests {
			if len(d.pending) > 0 {
				d.take(hashStep)
				busy = true
			}
		}
	}
}

func (d *digest) take(n int) {
	n = min(n, len(d.pending))
	_, _ = d.Write(d.pending[:n]) // hash.Hash: never fails
	d.partial = (d.partial + n) % hashBlock
	d.pending = d.pending[n:]
}

// write feeds p alone.
func (d *digest) write(p []byte) {
	d.pending = p
	d.take(len(p))
}
