package ogg

import "encoding/binary"

// Writer packs Opus packets into an Ogg stream (RFC 3533, RFC 7845). A page has
// one second of sound. With one page per packet, about a fifth of a voice message
// would be page headers.
type Writer struct {
	Out []byte // finished pages; the caller removes them

	sequence uint32

	lacing  []byte // lacing values of the next page's packets
	packets []byte
	count   int
	granule uint64
}

const (
	packetsPerPage = 50
	serialNumber   = 1 // fixed, so that the same sound gives the same file
)

// NewWriter returns a Writer whose Out already has two pages, one with head and
// one with comments.
func NewWriter(head, comments []byte) *Writer {
	w := &Writer{}
	w.Add(head, 0)
	w.flush(bos)
	w.Add(comments, 0)
	w.flush(0)
	return w
}

// Add appends a packet. granule is the position of its last sample, pre-skip included.
func (w *Writer) Add(packet []byte, granule uint64) {
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

// Close writes the last page, which ends at granule. Decoders drop the last packet's samples beyond
// it.
func (w *Writer) Close(granule uint64) {
	w.granule = granule
	w.flush(eos)
}

// flush writes a page with the packets added so far.
func (w *Writer) flush(flags byte) {
	at := len(w.Out)
	w.Out = append(w.Out, magic...)
	w.Out = append(w.Out, flags)
	w.Out = binary.LittleEndian.AppendUint64(w.Out, w.granule)
	w.Out = binary.LittleEndian.AppendUint32(w.Out, serialNumber)
	w.Out = binary.LittleEndian.AppendUint32(w.Out, w.sequence)
	w.Out = append(w.Out, 0, 0, 0, 0, byte(len(w.lacing)))
	w.Out = append(w.Out, w.lacing...)
	w.Out = append(w.Out, w.packets...)
	binary.LittleEndian.PutUint32(w.Out[at+checksumAt:], checksum(w.Out[at:]))
	w.sequence++
	w.lacing, w.packets, w.count = w.lacing[:0], w.packets[:0], 0
}
