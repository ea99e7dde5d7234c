package stickerpack

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

const extension = ".webp"

// nameOf returns the file name of the sticker with this SHA-256.
func nameOf(hash []byte) string {
	return base64.RawURLEncoding.EncodeToString(hash) + extension
}

// isHashName reports whether id plus the extension could be a sticker's file name.
func isHashName(id string) bool {
	hash, err := base64.RawURLEncoding.DecodeString(id)
	return err == nil && len(hash) == sha256.Size
}

// hashIn returns the SHA-256 contained in a sticker's file name. Clients write it in either base64
// alphabet, with or without padding, with or without percent-encoding; phones put a number and _
// before it.
func hashIn(name string) ([]byte, bool) {
	name, _, _ = strings.Cut(name, ".")
	name = strings.NewReplacer("%2F", "_", "%2f", "_", "%2B", "-", "%2b", "-", "%3D", "", "%3d", "", "/", "_", "+", "-", "=", "").Replace(name)
	const length = 43 // 32 bytes in base64
	if len(name) > length && name[len(name)-length-1] == '_' {
		name = name[len(name)-length:]
	}
	hash, err := base64.RawURLEncoding.DecodeString(name)
	return hash, err == nil && len(hash) == sha256.Size
}
