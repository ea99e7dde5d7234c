package streamenc

import (
	"crypto/cipher"
	"fmt"
	"io"
	"os"
	"sync"
)

const (
	sealedSlot  = streamPiece
	spanSlots   = checkpointSpan / sealedSlot
	sealedSlots = spanSlots + 4 // one MiB for comparison, and space to encrypt ahead meanwhile
)

// sealedReader encrypts the object again. A producer encrypts slot after slot into a ring. The
// consumer may use a slot only after its MiB was compared with the checkpoint. The producer is a
// goroutine from the first Read on, or the reader itself.
type sealedReader struct {
	sealed *Sealed
	end    int64 // of the ciphertext; the MAC starts here
	offset int64 // of the object; the next byte that Read returns

	// The fields below belong to the producer.
	cbc  cipher.BlockMode
	slot int64 // the next slot to encrypt; slot n holds the ciphertext from n·64 KiB

	mu        sync.Mutex
	wake      sync.Cond
	ring      []*buffer
	released  int64 // slots below may be returned
	taken     int64 // slots below may be overwritten
	err       error // applies after the released slots
	panicked  any   // panic value of the source in the producer's goroutine; Read panics with it
	started   bool
	producing bool // the producer is using the source and a slot
	running   bool // the producer's goroutine exists
	closed    bool
}

func newSealedReader(s *Sealed, offset int64) *sealedReader {
	r := &sealedReader{sealed: s, end: paddedSize(s.info.FileLength), offset: offset}
	r.wake.L = &r.mu
	if offset >= r.end {
		return r // nothing to encrypt
	}
	span := offset / checkpointSpan
	prev := s.keys.iv()
	if span > 0 {
		prev = s.checkpoints[(span-1)*blockSize : span*blockSize]
	}
	r.cbc = s.keys.encrypter(prev)
	r.slot = span * spanSlots
	r.released = r.slot
	r.taken = offset / sealedSlot
	slots := (r.end + sealedSlot - 1) / sealedSlot
	r.ring = make([]*buffer, min(slots-r.slot, sealedSlots))
	return r
}

func (r *sealedReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.offset >= r.end {
		return r.readMAC(p)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	slot := r.offset / sealedSlot
	if err := r.await(slot); err != nil {
		return 0, err
	}
	// under the lock, because Close recycles the ring
	n := copy(p, r.ring[slot%int64(len(r.ring))].data[r.offset%sealedSlot:])
	r.offset += int64(n)
	if r.offset%sealedSlot == 0 || r.offset == r.end {
		r.taken = slot + 1
		r.wake.Broadcast()
	}
	return n, nil
}

func (r *sealedReader) readMAC(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, os.ErrClosed
	}
	n := copy(p, r.sealed.mac[r.offset-r.end:])
	r.offset += int64(n)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close closes the reader and ends a waiting Read. It returns once the source is no longer in use.
func (r *sealedReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.wake.Broadcast()
	for r.running || r.producing {
		r.wake.Wait()
	}
	if r.err == nil { // otherwise the source may still write to a buffer
		for _, buf := range r.ring {
			buf.recycle() // ciphertext: no need to wipe it
		}
	}
	r.ring = nil
	return nil
}

// await returns once the slot may be returned to the caller. r.mu is held before and after.
func (r *sealedReader) await(slot int64) error {
	for {
		switch {
		case r.closed:
			return os.ErrClosed
		case slot < r.released:
			return nil
		case r.panicked != nil:
			v := r.panicked
			r.panicked = nil
			panic(v)
		case r.err != nil:
			return r.err
		case r.sealed.workers == 1:
			r.produce()
		case !r.started:
			r.started, r.running = true, true
			go r.produceAll()
		default:
			r.wake.Wait()
		}
	}
}

func (r *sealedReader) produceAll() {
	r.mu.Lock()
	defer func() {
		r.panicked = recover()
		r.running = false
		r.wake.Broadcast()
		r.mu.Unlock()
	}()
	for r.err == nil && !r.closed && r.slot*sealedSlot < r.end {
		if r.slot >= r.taken+int64(len(r.ring)) {
			r.wake.Wait()
			continue
		}
		r.produce()
	}
}

// produce encrypts the next slot, and releases the MiB that it completes. r.mu is held before and
// after, but not meanwhile. If the source panics, produce panics and every later Read returns an
// error.
func (r *sealedReader) produce() {
	start := r.slot * sealedSlot
	buf := &r.ring[r.slot%int64(len(r.ring))]
	if *buf == nil {
		*buf = newBuffer(int(min(sealedSlot, r.end-start)))
	}
	enc := (*buf).data[:min(sealedSlot, r.end-start)] // the last slot is shorter
	(*buf).data = enc
	complete, err := false, errPanicked
	r.producing = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.producing = false
		r.slot++
		if complete {
			r.released = r.slot
		}
		r.err = err
		if complete || err != nil || r.closed {
			r.wake.Broadcast()
		}
	}()
	complete, err = r.encryptSlot(enc, start)
}

// encryptSlot fills enc with the ciphertext from start. complete means that the data up to the end
// of enc matches its checkpoint; within a MiB it is false.
func (r *sealedReader) encryptSlot(enc []byte, start int64) (complete bool, err error) {
	want := int(min(int64(len(enc)), r.sealed.info.FileLength-start))
	n, err := r.sealed.src.ReadAt(enc[:want], start)
	if n < 0 || n > want {
		return false, fmt.Errorf("failed to read plaintext again: %w", errImpossibleCount)
	}
	if n < want {
		if err == nil || err == io.EOF {
			return false, fmt.Errorf("%w: source ends before byte %d", ErrSourceChanged, start+int64(want))
		}
		return false, fmt.Errorf("failed to read plaintext again: %w", err)
	}
	for i := want; i < len(enc); i++ {
		enc[i] = byte(len(enc) - want)
	}
	r.cbc.CryptBlocks(enc, enc)

	end := start + int64(len(enc))
	if end%checkpointSpan != 0 && end != r.end {
		return false, nil
	}
	span := start / checkpointSpan
	if !r.sealed.matches(span, enc[len(enc)-blockSize:]) {
		return false, fmt.Errorf("%w: in the MiB at byte %d", ErrSourceChanged, span*checkpointSpan)
	}
	return true, nil
}
