package streamenc

import (
	"crypto/hmac"
	"crypto/sha256"
)

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
