package streamenc

import "crypto/sha256"

// hkdfSHA256 fills out with HKDF-SHA-256 (RFC 5869) of a secret, without salt. It is tested against
// crypto/hkdf and golang.org/x/crypto/hkdf, and avoids their 24 and 21 allocations, which for small
// media were more than half of all allocations.
func hkdfSHA256(out, secret []byte, info string) {
	var scratch [sha256.Size + maxInfo + 1]byte
	key := hmacSHA256([sha256.Size]byte{}, secret)
	var block [sha256.Size]byte
	input := scratch[:0]
	for n := byte(1); len(out) > 0; n++ {
		input = append(append(input, info...), n)
		block = hmacSHA256(key, input)
		out = out[copy(out, block[:]):]
		input = append(input[:0], block[:]...)
	}
}

// maxInfo is the longest info for which hkdfSHA256 does not allocate.
const maxInfo = 64

// hmacSHA256 returns the HMAC-SHA-256 of a short message.
func hmacSHA256(key [sha256.Size]byte, message []byte) [sha256.Size]byte {
	var scratch [sha256.BlockSize + sha256.Size + maxInfo + 1]byte
	pad := func(with byte) []byte {
		for i := range sha256.BlockSize {
			scratch[i] = with
		}
		for i, b := range key {
			scratch[i] ^= b
		}
		return scratch[:sha256.BlockSize]
	}
	inner := sha256.Sum256(append(pad(0x36), message...))
	return sha256.Sum256(append(pad(0x5c), inner[:]...))
}
