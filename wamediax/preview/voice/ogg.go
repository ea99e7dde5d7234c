package voice

import "encoding/binary"

// oggWriter packs Opus packets into an Ogg stream (RFC 3533, RFC 7845). A page holds a second of sound: with a page
// for every packet, as simple writers make them, every fifth byte or so of a voice message would be page headers.
type oggWriter struct {
	out      []byte // finished pages, for the caller to take
	sequence uint32

	lacing  []byte // of the packets that are to make the next page
	packets []byte
	count   int
	granule uint64
}

const (
	granuleRate    = 48_000 // of granule positions and the pre-skip, whatever the encoder's rate
	packetsPerPage = 50

	oggSerial = 1 // nothing else is in the stream; a fixed number makes the same file of the same sound

	firstPage, lastPage = 2, 4 // flags in a page's header
)

func newOggWriter(preSkip, sourceRate int) *oggWriter {
	w := &oggWriter{}
	head := []byte("OpusHead\x01\x01") // version, channels
	head = binary.LittleEndian.AppendUint16(head, uint16(preSkip))
	head = binary.LittleEndian.AppendUint32(head, uint32(sourceRate))
	head = append(head, 0, 0, 0) // no gain; mapping family 0: mono or stereo
	w.add(head, 0)
	w.flush(firstPage)

	const vendor = "wamediax"
	tags := binary.LittleEndian.AppendUint32([]byte("OpusTags"), uint32(len(vendor)))
	tags = append(tags, vendor...)
	w.add(binary.LittleEndian.AppendUint32(tags, 0), 0) // no comments
	w.flush(0)
	return w
}

// add appends a packet; granule is the position of its last sample, counting the pre-skip.
func (w *oggWriter) add(packet []byte, granule uint64) {
	if w.count == packetsPerPage || len(w.lacing)+len(packet)/255+1 > 255 {
		w.flush(0)
	}
	for n := len(packet); ; n -= 255 {
		w.lacing = append(w.lacing, byte(min(n, 255)))
		if n < 255 {
			break
		}
	}
	w.packets = append(w.packets, packet...)
	w.count++
	w.granule = granule
}

// close makes the last page, which ends at granule: decoders drop what the last packet has beyond that.
func (w *oggWriter) close(granule uint64) {
	w.granule = granule
	w.flush(lastPage)
}

// flush makes a page of the packets added so far.
func (w *oggWriter) flush(flags byte) {
	at := len(w.out)
	w.out = append(w.out, "OggS\x00"...)
	w.out = append(w.out, flags)
	w.out = binary.LittleEndian.AppendUint64(w.out, w.granule)
	w.out = binary.LittleEndian.AppendUint32(w.out, oggSerial)
	w.out = binary.LittleEndian.AppendUint32(w.out, w.sequence)
	w.out = append(w.out, 0, 0, 0, 0, byte(len(w.lacing)))
	w.out = append(w.out, w.lacing...)
	w.out = append(w.out, w.packets...)
	binary.LittleEndian.PutUint32(w.out[at+22:], oggChecksum(w.out[at:]))
	w.sequence++
	w.lacing, w.packets, w.count = w.lacing[:0], w.packets[:0], 0
}

// oggTable is of the polynomial 0x04C11DB7, most significant bit first, which hash/crc32 does not offer.
var oggTable = func() (table [256]uint32) {
	for i := range table {
		sum := uint32(i) << 24
		for range 8 {
			carry := sum >> 31
			sum = sum<<1 ^ carry*0x04C11DB7
		}
		table[i] = sum
	}
	return table
}()

func oggChecksum(page []byte) (sum uint32) {
	for _, b := range page {
		sum = sum<<8 ^ oggTable[byte(sum>>24)^b]
	}
	return sum
}
