package source

import (
	"bytes"

	"github.com/gabriel-vasile/mimetype"
)

// SniffSize is how many of the first bytes Sniff reads at most.
const SniffSize = 3072

// Head keeps the first [SniffSize] bytes that are written to it.
type Head struct{ bytes []byte }

// Write implements io.Writer. It never fails.
func (h *Head) Write(p []byte) (int, error) {
	h.bytes = append(h.bytes, p[:min(len(p), SniffSize-len(h.bytes))]...)
	return len(p), nil
}

// Mimetype returns the MIME type for the bytes written so far.
func (h *Head) Mimetype() string { return Sniff(h.bytes) }

// Sniff returns the MIME type of a file that begins with head. Opus in Ogg has its codec as a
// parameter, which phones need to play it as a voice message.
func Sniff(head []byte) string {
	detected := mimetype.Detect(head).String()
	if (detected == "application/ogg" || detected == "audio/ogg") && bytes.Contains(head, []byte("OpusHead")) {
		return "audio/ogg; codecs=opus"
	}
	return detected
}
