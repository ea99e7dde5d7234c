package voice

import (
	"encoding/binary"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/ogg"
)

// granuleRate is the rate of granule positions and the pre-skip, whatever the encoder's rate (RFC
// 7845).
const granuleRate = 48_000

// newOgg starts a stream of mono Opus (RFC 7845 section 5).
func newOgg(preSkip, sourceRate int) *ogg.Writer {
	head := []byte("OpusHead\x01\x01") // version, channels
	head = binary.LittleEndian.AppendUint16(head, uint16(preSkip))
	head = binary.LittleEndian.AppendUint32(head, uint32(sourceRate))
	head = append(head, 0, 0, 0) // no gain; mapping family 0: mono or stereo

	const vendor = "wamediax"
	tags := binary.LittleEndian.AppendUint32([]byte("OpusTags"), uint32(len(vendor)))
	tags = append(tags, vendor...)
	return ogg.NewWriter(head, binary.LittleEndian.AppendUint32(tags, 0)) // no comments
}
