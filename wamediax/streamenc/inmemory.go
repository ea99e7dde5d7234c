package streamenc

import (
	"io"
	"os"
	"sync"
)

// memoryObject is an encrypted object in a pooled buffer. The Sealed and its readers hold
// references; the last one returns the buffer to its pool.
type memoryObject struct {
	mu       sync.Mutex
	buf      *buffer
	data     []byte // in buf
	holders  int
	released bool // by the Sealed
}

func newMemoryObject(buf *buffer, data []byte) *memoryObject {
	return &memoryObject{buf: buf, data: data, holders: 1}
}

// open returns a reader from offset, or false after release.
func (o *memoryObject) open(offset int64) (io.ReadCloser, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.released {
		return nil, false
	}
	o.holders++
	return &memoryReader{object: o, rest: o.data[offset:]}, true
}

// release drops the Sealed's reference.
func (o *memoryObject) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.released {
		o.released = true
		o.letGo()
	}
}

// letGo drops one reference. The caller holds o.mu.
func (o *memoryObject) letGo() {
	if o.holders--; o.holders == 0 {
		o.buf.recycle() // ciphertext: no need to wipe it
		o.buf, o.data = nil, nil
	}
}

// memoryReader reads a memoryObject. Read and Close may be called concurrently, as net/http does.
type memoryReader struct {
	mu     sync.Mutex
	object *memoryObject // nil: closed
	rest   []byte
}

func (r *memoryReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(p) == 0:
		return 0, nil
	case r.object == nil:
		return 0, os.ErrClosed
	case len(r.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *memoryReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.object != nil {
		r.object.mu.Lock()
		r.object.letGo()
		r.object.mu.Unlock()
		r.object, r.rest = nil, nil
	}
	return nil
}
