package wamediax

import (
	"bytes"

	"github.com/gabriel-vasile/mimetype"
)

// sniffed is how many of the first bytes decide on the MIME type.
const sniffed = 3072

// headWriter keeps the first bytes that are written to it.
type headWriter struct {
	limit int
	head  []byte
}

func (h *headWriter) Write(p []byte) (int, error) {
	h.head = append(h.head, p[:min(len(p), h.limit-len(h.head))]...)
	return len(p), nil
}

// sniff tells the MIME type by the first bytes. Opus in Ogg, what voice messages are made of, is named with its codec:
// phones play it as a voice message only then.
func sniff(head []byte) string {
	detected := mimetype.Detect(head)
	if detected.Is("application/ogg") || detected.Is("audio/ogg") {
		if bytes.Contains(head, []byte("OpusHead")) {
			return "audio/ogg; codecs=opus"
		}
	}
	return detected.String()
}
