package cdn

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
)

// defaultKeepBytes is the size up to which an object's bytes are kept.
const defaultKeepBytes = 64 << 20

// objectStore holds all objects. Do not lock a partial while holding storeLock.
type objectStore struct {
	keepLimit   atomic.Int64
	keepPerHost atomic.Bool
	// response to a resumed upload at a wrong offset; 0 to accept it, see CheckOffsets
	offsetStatus atomic.Int64
	lastSequence atomic.Int64

	storeLock sync.Mutex
	byKey     map[objectKey]*object
	byPath    map[string]*object // by the direct path without query
	gone      map[string]int     // status of downloads of forgotten direct paths
	partials  map[partialKey]*partial

	thumbnails map[string]*object // by the direct path without query
}

// partialKey identifies a partial upload.
type partialKey struct {
	objectKey
	host string // "" if hosts share partial uploads
}

func newObjectStore() *objectStore {
	s := &objectStore{
		byKey:    make(map[objectKey]*object),
		byPath:   make(map[string]*object),
		gone:     make(map[string]int),
		partials: make(map[partialKey]*partial),

		thumbnails: make(map[string]*object),
	}
	s.keepLimit.Store(defaultKeepBytes)
	return s
}

// KeepBytes implements Server.KeepBytes of wamediaxtest.
func (s *objectStore) KeepBytes(limit int64) {
	s.keepLimit.Store(limit)
}

// SharePartials implements Server.SharePartials of wamediaxtest.
func (s *objectStore) SharePartials(share bool) {
	s.keepPerHost.Store(!share)
}

// CheckOffsets implements Server.CheckOffsets of wamediaxtest.
func (s *objectStore) CheckOffsets(status int) {
	s.offsetStatus.Store(int64(status))
}

func (s *objectStore) partialKey(host string, key objectKey) partialKey {
	if !s.keepPerHost.Load() {
		host = ""
	}
	return partialKey{objectKey: key, host: host}
}

// current returns the complete object, or what the host holds of it, or neither.
func (s *objectStore) current(host string, key objectKey) (*object, *partial) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	if obj := s.byKey[key]; obj != nil {
		return obj, nil
	}
	return nil, s.partials[s.partialKey(host, key)]
}

// lookUp returns the complete object, or how many bytes the host holds. Late bytes are added after
// that.
func (s *objectStore) lookUp(host string, key objectKey) (*object, int64) {
	obj, p := s.current(host, key)
	if p == nil {
		return obj, 0
	}
	held := p.size.Load()
	if late := p.takeLate(); late != nil {
		p.add(late.data, late.at)
		if late.whole {
			s.complete(p, late.at+int64(len(late.data)), key.token)
		}
	}
	return nil, held
}

// open returns the partial to which a body belongs. A body from the object's start gets a new
// partial, so that it is judged only by its own bytes; once it is as long as an older partial, it
// replaces that. Partial and refusal are both nil for the rest of an object that is already
// complete.
func (s *objectStore) open(host string, rt route) (*partial, *object, *answer) {
	if rt.offset == 0 {
		return newPartial(s.partialKey(host, rt.key), s.lastSequence.Add(1), rt.total, s.keepLimit.Load()), nil, nil
	}
	obj, p := s.current(host, rt.key)
	var held int64
	reason := "nothing is held"
	switch {
	case obj != nil:
		held = obj.size
		reason = fmt.Sprintf("the object is complete with %d bytes", held)
	case p != nil:
		held = p.size.Load()
		reason = fmt.Sprintf("exactly %d bytes are held", held)
	}
	if status := int(s.offsetStatus.Load()); status != 0 && rt.kind == Uploads {
		if rt.offset != held {
			return nil, nil, refuse(status, reason)
		}
	} else if rt.offset > held {
		return nil, nil, refuse(http.StatusBadRequest, reason)
	}
	return p, obj, nil
}

// keep stores a partial upload, unless the object is complete or a longer partial exists.
func (s *objectStore) keep(p *partial) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	if p.settled || s.byKey[p.key.objectKey] != nil {
		return
	}
	if known := s.partials[p.key]; known == nil || known.size.Load() <= p.size.Load() {
		s.partials[p.key] = p
	}
}

// complete turns a partial upload into an object if it is end bytes long and has the wanted hash.
// Otherwise it drops the partial.
func (s *objectStore) complete(p *partial, end int64, want [sha256.Size]byte) (*object, bool) {
	hash, size, data := p.snapshot()
	if hash != want || size != end {
		s.storeLock.Lock()
		defer s.storeLock.Unlock()
		s.settle(p)
		return nil, false
	}
	obj := newObject(p.key.objectKey, hash, size)
	if data != nil {
		obj.data, obj.source = data, bytes.NewReader(data)
	}
	obj = s.place(obj)
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	s.settle(p)
	return obj, true
}

// forgetPartial drops what a host holds of an incomplete object.
func (s *objectStore) forgetPartial(host string, key objectKey) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	if p := s.partials[s.partialKey(host, key)]; p != nil {
		s.settle(p)
	}
}

// settle removes a partial upload permanently. The caller holds storeLock.
func (s *objectStore) settle(p *partial) {
	p.settled = true
	if s.partials[p.key] == p {
		delete(s.partials, p.key)
	}
}

// place stores a complete object and returns it, or the existing one with the same key.
func (s *objectStore) place(obj *object) *object {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	if known := s.byKey[obj.key]; known != nil {
		return known
	}
	obj.seq = s.lastSequence.Add(1)
	s.byKey[obj.key] = obj
	s.byPath[obj.path] = obj
	for key, p := range s.partials {
		if key.objectKey == obj.key {
			s.settle(p)
		}
	}
	return obj
}

// forget removes the object under a path. The caller holds storeLock.
func (s *objectStore) forget(path string, status int) {
	s.gone[path] = status
	if obj := s.byPath[path]; obj != nil {
		delete(s.byPath, path)
		delete(s.byKey, obj.key)
	}
}

// deleteKey removes an object at a client's request.
func (s *objectStore) deleteKey(key objectKey) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	if obj := s.byKey[key]; obj != nil {
		s.forget(obj.path, http.StatusNotFound)
	}
}
