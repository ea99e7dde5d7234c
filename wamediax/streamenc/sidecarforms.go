package streamenc

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Other clients write other sidecars than phones do, for the same object. All that is accepted leaves no byte unauthenticated:
//
//   - zapo leaves out a last entry that would stand for the MAC alone. The entry before it has those bytes too.
//   - whatsapp-rust counts from the ciphertext on, without the IV: entry i is the shortened HMAC of the object's bytes from
//     65536·i to 65536·(i+1)+16. The IV comes from the media key. What decrypting piece i takes is then authenticated by
//     two entries: the block before the piece by entry i-1.
//
// (PROTOCOL, "Streaming sidecar".)

// sidecarFits reports whether a sidecar of this many bytes, with or without the IV, can belong to an object of size bytes.
func sidecarFits(length, size int64, withIV bool) bool {
	covered := size
	if withIV {
		covered += blockSize
	}
	entries := (covered + sidecarPiece - 1) / sidecarPiece
	alone := entries > 1 && covered-(entries-1)*sidecarPiece <= blockSize // all of the last entry is in the one before
	return length == macSize*entries || alone && length == macSize*(entries-1)
}

// entryMAC returns the entry for what parts make up together.
func entryMAC(keys *mediaKeys, parts ...[]byte) []byte {
	mac := newMAC(keys)
	for _, part := range parts {
		_, _ = mac.Write(part) // hash.Hash: never fails
	}
	return mac.Sum(make([]byte, 0, sha256.Size))[:macSize]
}

// entryIs reports whether entry i of a sidecar is this one.
func entryIs(sidecar []byte, i int64, entry []byte) bool {
	at := i * macSize
	return at+macSize <= int64(len(sidecar)) && hmac.Equal(sidecar[at:at+macSize], entry)
}
