// Package flac reads the duration from the header of a FLAC file. It decodes
// nothing: phones do not play FLAC.
package flac

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// Duration returns the duration from the STREAMINFO block (RFC 9639 section 8.2),
// or 0 if the encoder did not write it.
func Duration(src *bounded.Reader) (time.Duration, error) {
	head, err := src.Range(0, 4+4+34)
	if err != nil {
		return 0, fmt.Errorf("failed to read FLAC: %w", err)
	}
	if len(head) < 42 || string(head[:4]) != "fLaC" || head[4]&0x7f != 0 {
		return 0, errors.New("failed to read FLAC: no STREAMINFO block")
	}
	// 20 bits of sample rate, 3 of channels, 5 of sample size, 36 of samples.
	fields := binary.BigEndian.Uint64(head[18:])
	rate, samples := fields>>44, fields&(1<<36-1)
	return bounded.Duration(samples, uint32(rate)), nil
}
