package cdn

import (
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"
)

// partial is what has arrived of an object. Several requests can add to it: each says where its
// bytes belong, and what is held already is passed over.
type partial struct {
	key  partialKey
	seq  int64
	size atomic.Int64 // bytes held; grows only

	settled bool // whole or dropped; guarded by the store's lock

	lock  sync.Mutex
	hash  hash.Hash
	data  []byte
	limit int64 // data is given up beyond
	bytes bool  // data is still kept
	late  *lateBytes
}

// lateBytes were read off a connection that broke, but the host does not hold them yet. See
// [LateBytes].
type lateBytes struct {
	data  []byte
	at    int64 // offset of the first one in the object
	whole bool  // the object ends with them
}

// newPartial starts one. total is the object's size, or -1 if nobody said it.
func newPartial(key partialKey, seq, total, limit int64) *partial {
	p := &partial{key: key, seq: seq, hash: sha256.New(), limit: limit}
	if p.bytes = total <= limit && limit >= 0; p.bytes {
		p.data = make([]byte, 0, max(total, 0))
	}
	return p
}

// add takes bytes that begin at an offset, which is not beyond what is held.
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

// delay puts bytes aside that arrive late.
func (p *partial) delay(late lateBytes) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.late = &late
}

// takeLate returns the bytes that were put aside, if any, and forgets them.
func (p *partial) takeLate() *lateBytes {
	p.lock.Lock()
	defer p.lock.Unlock()
	late := p.late
	p.late = nil
	return late
}

// snapshot returns what is held. data is nil if only its hash is, and is not written to any more.
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
