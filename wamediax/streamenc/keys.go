package streamenc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"

	"go.mau.fi/whatsmeow"
)

const (
	mediaKeySize = 32
	blockSize    = aes.BlockSize
	macSize      = 10 // WhatsApp truncates HMAC-SHA-256 to 10 bytes
)

// productImage is the media type of catalog images, which are public and not encrypted.
const productImage whatsmeow.MediaType = "product-catalog-image"

// mediaKeys are derived from a media key (HKDF-SHA-256, no salt, the media type as info). The last
// 32 of the 112 bytes, the reference key, are not used for encryption.
type mediaKeys struct {
	expanded [80]byte
}

func (k *mediaKeys) iv() []byte     { return k.expanded[:16] }
func (k *mediaKeys) cipher() []byte { return k.expanded[16:48] }
func (k *mediaKeys) mac() []byte    { return k.expanded[48:80] }

func (k *mediaKeys) derive(mediaKey []byte, mediaType whatsmeow.MediaType) error {
	if mediaType == "" || mediaType == productImage {
		return fmt.Errorf("%w: %q", ErrNotEncrypted, string(mediaType))
	}
	if len(mediaKey) != mediaKeySize {
		return fmt.Errorf("%w, got %d", ErrKeySize, len(mediaKey))
	}
	hkdfSHA256(k.expanded[:], mediaKey, string(mediaType))
	return nil
}

// encrypter returns an encrypter that continues after the ciphertext block prev.
func (k *mediaKeys) encrypter(prev []byte) cipher.BlockMode {
	return cipher.NewCBCEncrypter(k.block(), prev)
}

// decrypter returns a decrypter that continues after the ciphertext block prev.
func (k *mediaKeys) decrypter(prev []byte) cipher.BlockMode {
	return cipher.NewCBCDecrypter(k.block(), prev)
}

func (k *mediaKeys) block() cipher.Block {
	block, err := aes.NewCipher(k.cipher())
	if err != nil {
		panic("streamenc: " + err.Error()) // impossible: the key size is fixed
	}
	return block
}

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
