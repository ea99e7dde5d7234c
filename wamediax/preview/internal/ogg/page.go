package ogg

import (
	"encoding/binary"
	"errors"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

const (
	headerSize  = 27
	maxPageSize = headerSize + 255 + 255*255

	continued, beginning, ending = 1, 2, 4 // header flags
)

var errNotPage = errors.New("no Ogg page")

// page is an Ogg page, RFC 3533 section 6.
type page struct {
	flags    byte
	granule  int64 // -1 if no packet ends on the page
	serial   uint32
	segments []byte // their lengths
	body     []byte
}

// parsePage returns the page that data begins with, and its size. The page
// refers to data.
func parsePage(data []byte) (page, int, error) {
	if len(data) < headerSize || string(data[:5]) != "OggS\x00" {
		return page{}, 0, errNotPage
	}
	start := headerSize + int(data[26])
	if len(data) < start {
		return page{}, 0, errNotPage
	}
	p := page{flags: data[5], granule: int64(binary.LittleEndian.Uint64(data[6:])),
		serial: binary.LittleEndian.Uint32(data[14:]), segments: data[headerSize:start]}
	size := start
	for _, length := range p.segments {
		size += int(length)
	}
	if len(data) < size {
		return page{}, 0, errNotPage
	}
	p.body = data[start:size]
	if checksum(data[:size]) != binary.LittleEndian.Uint32(data[22:]) {
		return page{}, 0, errNotPage
	}
	return p, size, nil
}

// checksum is Ogg's CRC-32, which hash/crc32 cannot do: its bits are not
// reversed, and it begins with 0. The checksum's own field counts as 0.
func checksum(data []byte) uint32 {
	var crc uint32
	for i, b := range data {
		if i >= 22 && i < 26 {
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

// pages reads page after page.
type pages struct {
	src *bounded.Reader
	at  int64
	buf []byte // read and not yet used: the bytes before at
}

// next returns the next page, valid until the call after it. It returns
// errNotPage where there is none, also at the end of the file.
func (p *pages) next() (page, error) {
	if err := p.src.Err(); err != nil { // also between many small pages of one block
		return page{}, err
	}
	found, size, err := parsePage(p.buf)
	if err != nil && p.at < p.src.Size() {
		const block = 2 * maxPageSize
		more, err := p.src.Range(p.at, block)
		if err != nil {
			return page{}, err
		}
		p.at += int64(len(more))
		p.buf = append(p.buf[:len(p.buf):len(p.buf)], more...)
		found, size, err = parsePage(p.buf)
		if err != nil {
			return page{}, err
		}
		p.buf = p.buf[size:]
		return found, nil
	}
	if err != nil {
		return page{}, err
	}
	p.buf = p.buf[size:]
	return found, nil
}

// lastGranule returns the position at the end of a stream, as the last page
// that has one says. It reads only the end of the file.
func lastGranule(src *bounded.Reader, serial uint32) (int64, error) {
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
		if p, _, err := parsePage(data[i:]); err == nil && p.serial == serial && p.granule >= 0 {
			return p.granule, nil
		}
	}
	return 0, errors.New("no page at the end has a position: the file is cut off")
}
