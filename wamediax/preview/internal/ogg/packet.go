package ogg

import (
	"fmt"
	"io"
)

// packets puts the packets of one stream together from its pages.
type packets struct {
	pages    *pages
	serial   uint32
	number   int // of the packet that next returned, from 0: header, comments, sound
	page     page
	segments []byte // of the page, not yet used
	body     []byte
	packet   []byte
	skipping bool // a packet whose beginning is missing, or that is too large to be sound
}

// next returns the next packet, valid until the call after it, and whether it is
// the last that ends on its page. At the end of the stream it returns
// io.ErrUnexpectedEOF.
func (r *packets) next() ([]byte, bool, error) {
	r.packet = r.packet[:0]
	for {
		for len(r.segments) == 0 {
			p, err := r.pages.next()
			if err == errNotPage {
				return nil, false, io.ErrUnexpectedEOF
			}
			if err != nil {
				return nil, false, err
			}
			if p.serial != r.serial {
				continue
			}
			r.page, r.segments, r.body = p, p.segments, p.body
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
			if r.number > 0 {
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
		r.number++
		last := true
		for _, more := range r.segments {
			last = last && more == 255
		}
		return r.packet, last, nil
	}
}
