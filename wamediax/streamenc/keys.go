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
