package streamenc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
	"golang.org/x/crypto/hkdf"
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
	expanded        [80]byte
	iv, cipher, mac []byte // in expanded
}

func deriveKeys(mediaKey []byte, mediaType whatsmeow.MediaType) (*mediaKeys, error) {
	if mediaType == "" || mediaType == productImage {
		return nil, fmt.Errorf("%w: %q", ErrNotEncrypted, string(mediaType))
	}
	if len(mediaKey) != mediaKeySize {
		return nil, fmt.Errorf("%w, got %d", ErrKeySize, len(mediaKey))
	}
	k := new(mediaKeys)
	if _, err := io.ReadFull(hkdf.New(sha256.New, mediaKey, nil, []byte(mediaType)), k.expanded[:]); err != nil {
		return nil, fmt.Errorf("failed to expand the media key: %w", err)
	}
	k.iv, k.cipher, k.mac = k.expanded[:16], k.expanded[16:48], k.expanded[48:80]
	return k, nil
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
	block, err := aes.NewCipher(k.cipher)
	if err != nil {
		panic("streamenc: " + err.Error()) // only for a key size that AES does not have
	}
	return block
}
