package streamenc

import "crypto/sha256"

// sidecarPiece is how many bytes one sidecar entry stands for.
const sidecarPiece = 64 << 10

// sidecar makes the streaming sidecar, as a phone's own video has it: with s = iv ‖ ciphertext ‖ mac, entry i is the
// shortened HMAC of s[65536·i : 65536·(i+1)+16]. Counted in bytes of the object, that is piece i of 64 KiB and the one block
// before it, which is just what decrypting the piece takes.
type sidecar struct {
	entry   digest // the open entry, begun with the block before its piece
	filled  int    // bytes of the piece in it
	prev    [blockSize]byte
	table   []byte
	alone   bool // the last entry stands for the MAC alone
	scratch [sha256.Size]byte
}

func newSidecar(keys *mediaKeys) *sidecar {
	s := &sidecar{entry: digest{Hash: newMAC(keys)}, prev: [blockSize]byte(keys.iv())}
	s.entry.write(s.prev[:])
	return s
}

// room returns how many bytes the open piece still takes.
func (s *sidecar) room() int { return sidecarPiece - s.filled }

// advance notes what was fed to the open entry, whole blocks and at most room bytes, and closes the entry when its piece is
// full.
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

// finish takes in the MAC at the object's end and closes what is open.
func (s *sidecar) finish(mac []byte) {
	s.entry.write(mac)
	s.close()
	if s.filled+len(mac) > sidecarPiece-blockSize {
		// The MAC lies in the 16 bytes that two entries share: it is an entry of its own as well.
		s.entry.write(mac)
		s.close()
		s.alone = true
	}
}

// sidecarEntries returns how many entries the sidecar of an object of this many bytes, MAC included, has.
func sidecarEntries(objectSize int64) int64 {
	return (blockSize + objectSize + sidecarPiece - 1) / sidecarPiece
}
