package picture

import "encoding/binary"

// Scanner follows a picture's structure, without looking at its pixels, to tell whether its end has come.
type Scanner interface {
	// Scan takes the next bytes, in pieces of any size.
	Scan(p []byte)
	// Complete reports whether the picture has come to its end. What follows that does not matter.
	Complete() bool
}

// JPEGScanner walks from marker to marker, up to the one that ends the picture.
type JPEGScanner struct {
	state jpegState
	skip  int  // bytes of a segment that are to come
	high  byte // first byte of a segment's length
	scans bool // the segment is followed by pixels
}

type jpegState int

const (
	jpegSeek      jpegState = iota // the next 0xff begins a marker
	jpegMarker                     // after it
	jpegLengthTop                  // of a segment
	jpegLengthEnd
	jpegSegment
	jpegPixels
	jpegPixelMark // 0xff among pixels
	jpegEnd
)

func (s *JPEGScanner) Complete() bool { return s.state == jpegEnd }

func (s *JPEGScanner) Scan(p []byte) {
	for len(p) > 0 {
		if s.state == jpegSegment {
			n := min(s.skip, len(p))
			p, s.skip = p[n:], s.skip-n
			if s.skip == 0 {
				s.state = jpegSeek
				if s.scans {
					s.state = jpegPixels
				}
			}
			continue
		}
		b := p[0]
		p = p[1:]
		switch s.state {
		case jpegEnd:
			return
		case jpegSeek:
			if b == 0xff {
				s.state = jpegMarker
			}
		case jpegPixels:
			if b == 0xff {
				s.state = jpegPixelMark
			}
		case jpegPixelMark:
			switch {
			case b == 0xff: // filling
			case b == 0, b >= 0xd0 && b <= 0xd7: // a pixel's byte; a restart
				s.state = jpegPixels
			default:
				s.mark(b)
			}
		case jpegMarker:
			s.mark(b)
		case jpegLengthTop:
			s.high, s.state = b, jpegLengthEnd
		case jpegLengthEnd:
			s.skip, s.state = int(s.high)<<8+int(b)-2, jpegSegment
			if s.skip <= 0 {
				s.skip, s.state = 0, jpegSeek
				if s.scans {
					s.state = jpegPixels
				}
			}
		}
	}
}

func (s *JPEGScanner) mark(marker byte) {
	switch {
	case marker == 0xff: // filling
		s.state = jpegMarker
	case marker == 0xd9:
		s.state = jpegEnd
	case marker == 0, marker == 0x01, marker >= 0xd0 && marker <= 0xd8: // no segment follows
		s.state = jpegSeek
	default:
		s.state, s.scans = jpegLengthTop, marker == 0xda
	}
}

// PNGScanner walks from chunk to chunk, up to IEND.
type PNGScanner struct {
	head [8]byte // of the chunk: length and name
	have int     // bytes of head
	skip int64   // bytes that are to come before the next chunk; at first, the signature
	last bool    // the chunk is IEND
	end  bool
}

// NewPNGScanner returns one at the beginning of a file.
func NewPNGScanner() *PNGScanner { return &PNGScanner{skip: 8} }

func (s *PNGScanner) Complete() bool { return s.end }

func (s *PNGScanner) Scan(p []byte) {
	for len(p) > 0 && !s.end {
		if s.skip > 0 {
			n := min(s.skip, int64(len(p)))
			p, s.skip = p[n:], s.skip-n
			s.end = s.last && s.skip == 0
			continue
		}
		n := copy(s.head[s.have:], p)
		p, s.have = p[n:], s.have+n
		if s.have == len(s.head) {
			s.have = 0
			s.last = string(s.head[4:]) == "IEND"
			s.skip = int64(binary.BigEndian.Uint32(s.head[:4])) + 4 // and a checksum
		}
	}
}

// RIFFScanner counts up to the length that a WebP file begins with.
type RIFFScanner struct {
	head [8]byte
	read int64
}

func (s *RIFFScanner) Complete() bool {
	return s.read >= int64(len(s.head)) && s.read-int64(len(s.head)) >= int64(binary.LittleEndian.Uint32(s.head[4:]))
}

func (s *RIFFScanner) Scan(p []byte) {
	if s.read < int64(len(s.head)) {
		copy(s.head[s.read:], p)
	}
	s.read += int64(len(p))
}
