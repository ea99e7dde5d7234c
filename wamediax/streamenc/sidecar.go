package streamenc

import "crypto/sha256"

// sidecarPiece is the number of bytes per sidecar entry.
const sidecarPiece = 64 << 10

// sidecar computes the streaming sidecar in the form that phones write: with s = iv ‖ ciphertext ‖
// mac, entry i is the truncated HMAC of s[65536·i : 65536·(i+1)+16]. In offsets of the object, that
// is the 64 KiB piece i and the block before it: exactly what is needed to decrypt the piece.
type sidecar struct {
	entry   digest // the open entry, starting with the block before its piece
	filled  int    // bytes of the piece added so far
	prev    [blockSize]byte
	table   []byte
	alone   bool // the last entry covers only the MAC
	scratch [sha256.Size]byte
}

func newSidecar(keys *mediaKeys) *sidecar {
	s := &sidecar{entry: digest{Hash: newMAC(keys)}, prev: [blockSize]byte(keys.iv())}
	s.entry.write(s.prev[:])
	return s
}

// room returns how many more bytes fit into the open piece.
func (s *sidecar) room() int { return sidecarPiece - s.filled }

// advance adds data to the open entry: whole blocks, at most room bytes. It closes the entry when
// the piece is full.
func (s *sidecar) advance(fed []byte) {
	if len(fed) == 0 {
		return
	}
	copy(s.prev[:], fed[len(fed)-blockSize:])
	s.filled += len(fed)
	if s.filled == sidecarPiece {
		s.close()
		s.filled = 0
		s.entry.write(s.prev[:])
	}
}

func (s *sidecar) close() {
	s.table = append(s.table, s.entry.Sum(s.scratch[:0])[:macSize]...)
	s.entry.Reset()
	s.entry.partial = 0
}

// finish adds the MAC at the object's end and closes the open entries.
func (s *sidecar) finish(mac []byte) {
	s.entry.write(mac)
	s.close()
	if s.filled+len(mac) > sidecarPiece-blockSize {
		// The MAC is in the 16 bytes that two entries share, so it is an entry of its own as well.
		s.entry.write(mac)
		s.close()
		s.alone = true
	}
}

// sidecarEntries returns the number of entries for an object of objectSize bytes, including the
// MAC.
func sidecarEntries(objectSize int64) int64 {
	return (blockSize + objectSize + sidecarPiece - 1) / sidecarPiece
}
