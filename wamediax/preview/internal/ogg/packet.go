package ogg

import (
	"fmt"
	"io"
)

// maxPacketSize is far above what an encoder makes of 120 ms of Opus, the longest
// packet: 48 frames of 2.5 ms with 1275 bytes each.
const maxPacketSize = 64 << 10

// Packets assembles the packets of one stream from its pages.
type Packets struct {
	Number int  // number of the packet that Next returned: 0 header, 1 comments, then sound
	Page   Page // the page on which it ends

	pages    *Pages
	serial   uint32
	segments []byte // unread segments of the page
	body     []byte
	packet   []byte
	skipping bool // the packet's beginning is missing, or it is too large to be sound
}

// NewPackets returns the packets that begin on the following pages of one
// stream. passed is the number of packets on the pages before.
func NewPackets(pages *Pages, serial uint32, passed int) *Packets {
	return &Packets{pages: pages, serial: serial, Number: passed - 1}
}

// Next returns the next packet and whether it is the last that ends on its page.
// The packet is valid until the next call. At the end of the pages, Next returns
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
				return nil, false, fmt.Errorf("packet is longer than %d bytes", maxPacketSize)
			}
			r.packet = r.packet[:maxPacketSize] // comments with a picture, which are not used
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
