// Package ogg reads and writes Ogg pages and packets (RFC 3533). Other
// libraries do not limit the size of a packet, read only forwards although the
// duration is at the end, or write one page per packet.
package ogg

import (
	"encoding/binary"
	"errors"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

const (
	headerSize  = 27
	maxPageSize = headerSize + 255 + 255*255

	continued, bos, eos = 1, 2, 4 // header flags

	magic      = "OggS\x00" // with the version
	checksumAt = 22
)

var errNotPage = errors.New("not an Ogg page")

// Page is an Ogg page, RFC 3533 section 6.
type Page struct {
	Granule  int64 // -1 if no packet ends on the page
	Serial   uint32
	Body     []byte
	flags    byte
	segments []byte // lengths of its segments
}

// Last reports whether the page is the last of its stream.
func (p Page) Last() bool { return p.flags&eos != 0 }

// parsePage returns the page at the beginning of data, and its size. The page
// refers to data.
func parsePage(data []byte) (Page, int, error) {
	if len(data) < headerSize || string(data[:5]) != magic {
		return Page{}, 0, errNotPage
	}
	start := headerSize + int(data[26])
	if len(data) < start {
		return Page{}, 0, errNotPage
	}
	p := Page{flags: data[5], Granule: int64(binary.LittleEndian.Uint64(data[6:])),
		Serial: binary.LittleEndian.Uint32(data[14:]), segments: data[headerSize:start]}
	size := start
	for _, length := range p.segments {
		size += int(length)
	}
	if len(data) < size {
		return Page{}, 0, errNotPage
	}
	p.Body = data[start:size]
	if checksum(data[:size]) != binary.LittleEndian.Uint32(data[checksumAt:]) {
		return Page{}, 0, errNotPage
	}
	return p, size, nil
}

// checksum is Ogg's CRC-32. hash/crc32 cannot compute it: the bits are not
// reversed, and the initial value is 0. The page's checksum field counts as 0.
func checksum(data []byte) uint32 {
	var crc uint32
	for i, b := range data {
		if i >= checksumAt && i < checksumAt+4 {
			b = 0
		}
		crc = crc<<8 ^ table[byte(crc>>24)^b]
	}
	return crc
}

var table = func() (t [256]uint32) {
	for i := range t {
		crc := uint32(i) << 24
		for range 8 {
			crc = crc<<1 ^ uint32(int32(crc)>>31)&0x04c11db7
		}
		t[i] = crc
	}
	return t
}()

// Pages reads one page after the other.
type Pages struct {
	src *bounded.Reader
	at  int64
	buf []byte // bytes read but not yet used; they end at offset at
}

// NewPages returns the pages of a file, from its beginning.
func NewPages(src *bounded.Reader) *Pages { return &Pages{src: src} }

// Next returns the next page, which is valid until the next call. It returns
// errNotPage if there is no page, also at the end of the file.
func (p *Pages) Next() (Page, error) {
	if err := p.src.Err(); err != nil { // also between small pages of one block
		return Page{}, err
	}
	found, size, err := parsePage(p.buf)
	if err != nil && p.at < p.src.Size() {
		const block = 2 * maxPageSize
		more, err := p.src.Range(p.at, block)
		if err != nil {
			return Page{}, err
		}
		p.at += int64(len(more))
		p.buf = append(p.buf[:len(p.buf):len(p.buf)], more...)
		found, size, err = parsePage(p.buf)
		if err != nil {
			return Page{}, err
		}
		p.buf = p.buf[size:]
		return found, nil
	}
	if err != nil {
		return Page{}, err
	}
	p.buf = p.buf[size:]
	return found, nil
}

// LastGranule returns the position at the end of a stream, from the last page
// that has one. It reads only the end of the file.
func LastGranule(src *bounded.Reader, serial uint32) (int64, error) {
	const tail = 2 * maxPageSize
	from := max(src.Size()-tail, 0)
	data, err := src.Range(from, tail)
	if err != nil {
		return 0, err
	}
	checks := 0
	for i := len(data) - headerSize; i >= 0; i-- {
		if data[i] != 'O' || string(data[i:i+4]) != "OggS" {
			continue
		}
		if checks++; checks > 64 { // each costs a checksum of up to 64 KiB
			break
		}
		if p, _, err := parsePage(data[i:]); err == nil && p.Serial == serial && p.Granule >= 0 {
			return p.Granule, nil
		}
	}
	return 0, errors.New("no page at the end has a position: file is truncated")
}
