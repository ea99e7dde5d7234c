package ogg

import (
	"fmt"
	"io"
)

// maxPacketSize is far above what an encoder makes of 120 ms of Opus, the longest
// packet: 48 frames of 2.5 ms with 1275 bytes each.
const maxPacketSize = 64 << 10

// Packets puts the packets of one stream together from its pages.
type Packets struct {
	Number int  // of the packet that Next returned, from 0: header, comments, sound
	Page   Page // on which it ends

	pages    *Pages
	serial   uint32
	segments []byte // of the page, not yet used
	body     []byte
	packet   []byte
	skipping bool // a packet whose beginning is missing, or that is too large to be sound
}

// NewPackets returns the packets of one stream that begin on the pages to come.
// passed is how many the pages before had.
func NewPackets(pages *Pages, serial uint32, passed int) *Packets {
	return &Packets{pages: pages, serial: serial, Number: passed - 1}
}

// Next returns the next packet, valid until the call after it, and whether it is
// the last that ends on its page. At the end of the stream it returns
// io.ErrUnexpectedEOF.
func (r *Packets) Next() ([]byte, bool, error) {
	r.packet = r.packet[:0]
	for {
		for len(r.segments) == 0 {
			p, err := r.pages.Next()
			if err == errNotPage {
				return nil, false, io.ErrUnexpectedEOF
			}
			if err != nil {
				return nil, false, err
			}
			if p.Serial != r.serial {
				continue
			}
			r.Page, r.segments, r.body = p, p.segments, p.Body
			if r.skipping = p.flags&continued != 0 && len(r.packet) == 0; p.flags&continued == 0 {
				r.packet = r.packet[:0]
			}
		}
		length := int(r.segments[0])
		if !r.skipping {
			r.packet = append(r.packet, r.body[:length]...)
		}
		r.segments, r.body = r.segments[1:], r.body[length:]
		if len(r.packet) > maxPacketSize {
			if r.Number > 0 {
				return nil, false, fmt.Errorf("a packet has more than %d bytes", maxPacketSize)
			}
			r.packet = r.packet[:maxPacketSize] // comments, with a picture: nobody looks at them
		}
		if length == 255 {
			continue
		}
		if r.skipping {
			r.skipping = false
			continue
		}
		r.Number++
		last := true
		for _, more := range r.segments {
			last = last && more == 255
		}
		return r.packet, last, nil
	}
}
