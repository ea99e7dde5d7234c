package streamenc

import (
	"crypto/hmac"
	"crypto/sha256"
)

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

// Other clients than phones write other forms of sidecars. The accepted forms leave no byte
// unauthenticated:
//
//   - zapo omits a last entry that would cover the MAC alone. The previous entry covers those
//     bytes, too.
//   - whatsapp-rust starts at the ciphertext, without the IV: entry i is the truncated HMAC of the
//     object's bytes from 65536·i to 65536·(i+1)+16. The IV is derived from the media key.
//     Decrypting piece i then depends on two entries, as entry i-1 covers the block before the
//     piece.
//
// (PROTOCOL, "Streaming sidecar".)

// sidecarFits reports whether a sidecar of length bytes, with or without the IV, fits an object of
// size bytes.
func sidecarFits(length, size int64, withIV bool) bool {
	covered := size
	if withIV {
		covered += blockSize
	}
	entries := (covered + sidecarPiece - 1) / sidecarPiece
	// the previous entry contains all of the last one
	alone := entries > 1 && covered-(entries-1)*sidecarPiece <= blockSize
	return length == macSize*entries || alone && length == macSize*(entries-1)
}

// entryMAC returns the entry that covers parts.
func entryMAC(keys *mediaKeys, parts ...[]byte) []byte {
	mac := newMAC(keys)
	for _, part := range parts {
		_, _ = mac.Write(part) // hash.Hash: never fails
	}
	return mac.Sum(make([]byte, 0, sha256.Size))[:macSize]
}

// entryIs reports whether entry i of a sidecar equals entry.
func entryIs(sidecar []byte, i int64, entry []byte) bool {
	at := i * macSize
	return at+macSize <= int64(len(sidecar)) && hmac.Equal(sidecar[at:at+macSize], entry)
}
