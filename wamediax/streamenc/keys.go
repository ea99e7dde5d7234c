package streamenc

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"

	"go.mau.fi/whatsmeow"
)

const (
	mediaKeySize = 32
	blockSize    = aes.BlockSize
	macSize      = 10 // WhatsApp keeps the first 10 bytes of an HMAC-SHA-256
)

// productImage is the media type of catalog images, which are public and therefore go up as they are.
const productImage whatsmeow.MediaType = "product-catalog-image"

// mediaKeys is what a media key expands to (HKDF-SHA-256, no salt, the media type as info). The last 32 of the 112 bytes,
// the reference key, take no part in encryption.
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

// encrypter continues CBC after the ciphertext block prev.
func (k *mediaKeys) encrypter(prev []byte) cipher.BlockMode {
	return cipher.NewCBCEncrypter(k.block(), prev)
}

// decrypter continues CBC after the ciphertext block prev.
func (k *mediaKeys) decrypter(prev []byte) cipher.BlockMode {
	return cipher.NewCBCDecrypter(k.block(), prev)
}

func (k *mediaKeys) block() cipher.Block {
	block, err := aes.NewCipher(k.cipher())
	if err != nil {
		panic("streamenc: " + err.Error()) // only for a key size that AES does not have
	}
	return block
}
