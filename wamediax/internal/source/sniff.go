package source

import (
	"bytes"

	"github.com/gabriel-vasile/mimetype"
)

// SniffSize is how many of the first bytes decide on the MIME type.
const SniffSize = 3072

// Head keeps the first [SniffSize] bytes that are written to it.
type Head struct{ bytes []byte }

// Write never fails.
func (h *Head) Write(p []byte) (int, error) {
	h.bytes = append(h.bytes, p[:min(len(p), SniffSize-len(h.bytes))]...)
	return len(p), nil
}

// Mimetype returns the MIME type of what begins with these bytes.
func (h *Head) Mimetype() string { return Sniff(h.bytes) }

// Sniff returns the MIME type of what begins with head. Opus in Ogg is named with its codec: phones play it as a voice
// message only then.
func Sniff(head []byte) string {
	detected := mimetype.Detect(head).String()
	if (detected == "application/ogg" || detected == "audio/ogg") && bytes.Contains(head, []byte("OpusHead")) {
		return "audio/ogg; codecs=opus"
	}
	return detected
}
