package cdn

import (
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"
)

// partial is an incomplete object. Several requests can add to it. Each has an offset, and bytes
// that are already held are skipped.
type partial struct {
	key  partialKey
	seq  int64
	size atomic.Int64 // bytes held; never decreases

	settled bool // complete or dropped; guarded by the store's lock

	lock  sync.Mutex
	hash  hash.Hash
	data  []byte
	limit int64 // size beyond which data is dropped
	bytes bool  // whether data is still kept
	late  *lateBytes
}

// lateBytes have been read from a broken connection, but the host does not hold them yet. See
// [LateBytes].
type lateBytes struct {
	data  []byte
	at    int64 // offset of the first one in the object
	whole bool  // the object ends with them
}

// newPartial returns an empty partial. total is the object's size, or -1 if unknown.
func newPartial(key partialKey, seq, total, limit int64) *partial {
	p := &partial{key: key, seq: seq, hash: sha256.New(), limit: limit}
	if p.bytes = total <= limit && limit >= 0; p.bytes {
		p.data = make([]byte, 0, max(total, 0))
	}
	return p
}

// add adds bytes that start at an offset, which must not be beyond the bytes held.
func (p *partial) add(chunk []byte, at int64) {
	p.lock.Lock()
	defer p.lock.Unlock()
	held := p.size.Load()
	if at+int64(len(chunk)) <= held {
		return
	}
	chunk = chunk[held-at:]
	held += int64(len(chunk))
	p.hash.Write(chunk)
	switch {
	case p.bytes && held > p.limit:
		p.bytes, p.data = false, nil
	case p.bytes:
		p.data = append(p.data, chunk...)
	}
	p.size.Store(held)
}

// delay stores bytes that arrive late.
func (p *partial) delay(late lateBytes) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.late = &late
}

// takeLate removes and returns the late bytes, if any.
func (p *partial) takeLate() *lateBytes {
	p.lock.Lock()
	defer p.lock.Unlock()
	late := p.late
	p.late = nil
	return late
}

// snapshot returns what is held. data is nil if only the hash was kept. It does not change any
// more.
func (p *partial) snapshot() (hash [sha256.Size]byte, size int64, data []byte) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.hash.Sum(hash[:0])
	size = p.size.Load()
	return hash, size, p.data[:len(p.data):len(p.data)]
}

func (p *partial) export() Object {
	hash, size, data := p.snapshot()
	return Object{
		UploadPath: p.key.path,
		Token:      formatToken(p.key.token),
		Host:       p.key.host,
		SHA256:     hash,
		Size:       size,
		Data:       data,
	}
}
