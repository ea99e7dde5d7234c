package resume

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// thumbnail returns the direct path and SHA-256 of the small picture that the host made of the
// object, or "" and nil if there is none, or if any part is invalid.
//
// Real hosts send an object (WA Web); WhatsApp for Android also accepts a string that contains one.
func (ans *answer) thumbnail() (directPath string, hash []byte) {
	if len(ans.Thumbnail) == 0 {
		return "", nil
	}
	raw := []byte(ans.Thumbnail)
	var text string
	if bytes.HasPrefix(raw, []byte(`"`)) && json.Unmarshal(raw, &text) == nil {
		raw = []byte(text)
	}
	var info struct {
		DirectPath string `json:"thumbnail_direct_path"`
		SHA256     string `json:"thumbnail_sha256"`
	}
	if json.Unmarshal(raw, &info) != nil || !strings.HasPrefix(info.DirectPath, "/") {
		return "", nil
	}
	if hash = hashOf(info.SHA256); hash == nil {
		return "", nil
	}
	return info.DirectPath, hash
}

// hashOf parses a SHA-256 in hex, or in either base64 alphabet with or without padding. It returns
// nil for anything else.
func hashOf(text string) []byte {
	hash, err := hex.DecodeString(text)
	if err != nil {
		text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		hash, err = base64.RawStdEncoding.DecodeString(text)
	}
	if err != nil || len(hash) != sha256.Size {
		return nil
	}
	return hash
}
