package streamenc

import (
	"bytes"
	"crypto/subtle"
	"encoding"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
)

// checkpointSpan is how much ciphertext there is per checkpoint.
const checkpointSpan = 1 << 20

var (
	_ encoding.BinaryMarshaler   = (*Sealed)(nil)
	_ encoding.BinaryUnmarshaler = (*Sealed)(nil)
)

// Sealed is an encrypted view of a source. The object can be read from any offset, any number of
// times, and is encrypted again from the source each time. A Sealed keeps one ciphertext block (16
// bytes) per MiB. Its methods are safe for concurrent use, except Bind and UnmarshalBinary.
type Sealed struct {
	src         io.ReaderAt // nil after UnmarshalBinary, until Bind
	mediaType   whatsmeow.MediaType
	keys        *mediaKeys
	info        Info
	mac         [macSize]byte
	checkpoints []byte // the last ciphertext block of each MiB and of the rest
	workers     int
	object      *memoryObject // nil: not kept in memory
}

// Seal reads size bytes of src once, in order, and returns a Sealed of them. The caller must not
// modify or close src while the Sealed is in use. Seal returns ErrKeySize, ErrNotEncrypted,
// io.ErrUnexpectedEOF if src is shorter, and src's errors, all wrapped. To cancel, let src fail.
func Seal(src io.ReaderAt, size int64, mediaType whatsmeow.MediaType, opts ...Option) (*Sealed, error) {
	e, err := NewEncryptor(mediaType, opts...)
	switch {
	case err != nil:
		return nil, err
	case src == nil:
		return nil, errNoSource
	case size < 0:
		return nil, fmt.Errorf("failed to seal: size is %d bytes", size)
	}
	keys := e.keys // a pointer into e would keep e alive
	s := &Sealed{src: src, mediaType: mediaType, keys: &keys, workers: e.options.parallelism}
	var buf *buffer
	var object []byte
	if objectSize := EncryptedSize(min(size, maxPlaintext)); objectSize <= e.options.inMemory {
		buf = newBuffer(int(objectSize))
		object = buf.data
	}
	if _, err = e.pump(&section{src: src, left: size}, size, object, s.keep()); err != nil {
		return nil, err
	}
	tail, info, err := e.Finalize(nil)
	if err != nil {
		return nil, err
	}
	if info.FileLength != size {
		return nil, fmt.Errorf("source ended after %d of %d bytes: %w", info.FileLength, size, io.ErrUnexpectedEOF)
	}
	s.info = info
	s.mac = [macSize]byte(tail[blockSize:])
	// The last block ends a whole MiB or the rest. Either way it is the last checkpoint.
	s.checkpoints = append(s.checkpoints, tail[:blockSize]...)
	if buf != nil {
		copy(object[len(object)-len(tail):], tail)
		s.object = newMemoryObject(buf, object)
	}
	return s, nil
}

// keep returns a function that collects the checkpoints. Pieces do not cross MiB boundaries.
func (s *Sealed) keep() func(p *piece) error {
	var offset int64
	return func(p *piece) error {
		offset += int64(len(p.enc))
		if offset%checkpointSpan == 0 {
			s.checkpoints = append(s.checkpoints, p.enc[len(p.enc)-blockSize:]...)
		}
		return nil
	}
}

// Info describes the object. The caller owns the slices.
func (s *Sealed) Info() Info {
	info := s.info
	for _, field := range []*[]byte{&info.MediaKey, &info.FileSHA256, &info.FileEncSHA256, &info.Sidecar, &info.FirstFrameSidecar} {
		*field = bytes.Clone(*field)
	}
	return info
}

// Size returns the size of the object in bytes.
func (s *Sealed) Size() int64 { return EncryptedSize(s.info.FileLength) }

// Open returns a reader of the object from offset to its end. At Size the reader is empty. Several
// readers may be open at once, each with its own position and up to 1.25 MiB of buffers. The caller
// must call Close, even after an error: it ends the goroutine that encrypts ahead (there is none
// with WithParallelism(1)). If the source panics, the Read that needed it panics with the same
// value, and later Reads return an error.
//
// With WithObjectInMemory, Open reads from memory until Release is called, and does not use the
// source.
//
// Otherwise each MiB is encrypted and compared with its checkpoint before any of it is returned. If
// the source has changed or is shorter, Read returns ErrSourceChanged. The last block is compared
// as well, so data read up to io.EOF is exactly the object with the hash in Info.
func (s *Sealed) Open(offset int64) (io.ReadCloser, error) {
	if offset < 0 || offset > s.Size() {
		return nil, fmt.Errorf("offset %d is outside the object of %d bytes", offset, s.Size())
	}
	if s.object != nil {
		if r, ok := s.object.open(offset); ok {
			return r, nil
		}
	}
	if s.src == nil {
		return nil, errors.New("sealed media has no source: call Bind")
	}
	return newSealedReader(s, offset), nil
}

// Release frees the object kept in memory (see WithObjectInMemory) once all open readers are
// closed. Open then encrypts the source again. Calling it again, or without such an object, does
// nothing. If Release is never called, the garbage collector frees the memory.
func (s *Sealed) Release() {
	if s.object != nil {
		s.object.release()
	}
}

// Bind sets the source of a Sealed from UnmarshalBinary. Call it before Open. It does not read src:
// if src has other bytes than were sealed, reads return ErrSourceChanged.
func (s *Sealed) Bind(src io.ReaderAt) { s.src = src }

func (s *Sealed) matches(span int64, block []byte) bool {
	return subtle.ConstantTimeCompare(s.checkpoints[span*blockSize:(span+1)*blockSize], block) == 1
}
