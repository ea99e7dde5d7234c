package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// maxScans is the most scans of a JPEG. Usual progressive ones have 10, and no encoder makes as
	// many as 50.
	maxScans = 100
	// maxSamples limits the samples of all scans together. Go's decoder takes about 3 s for that
	// many.
	maxSamples = 1 << 30
	// maxSegments limits the segments before the first scan. A colour profile of 16 MiB takes 255.
	maxSegments = 4096
)

// JPEGScanner walks from marker to marker, up to the end of the picture, and parses the segments on
// its way.
type JPEGScanner struct {
	state   jpegState
	marker  byte
	high    byte // first byte of a segment's length
	skip    int  // remaining bytes of a segment
	want    int  // how many of them are kept
	segment []byte

	frame       jpegFrame
	orientation Orientation // 0: unknown
	segments    int
	scans       int
	samples     int64 // of all scans
	err         error
}

// jpegFrame describes the pixels, from the frame header.
type jpegFrame struct {
	width, height  int
	components     []jpegComponent
	progressive    bool
	jfif, adobe    bool
	adobeTransform byte
}

type jpegComponent struct {
	id      byte
	samples int64 // decoded samples: whole blocks, also beyond the edges
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

const (
	sof0, sof1, sof2 = 0xc0, 0xc1, 0xc2
	sofLast          = 0xcf
	dht, jpg, dac    = 0xc4, 0xc8, 0xcc // in the range of the SOF markers, but different
	eoi, sos         = 0xd9, 0xda
	app0, app1       = 0xe0, 0xe1
	app14            = 0xee
)

// Complete reports whether the end of the picture was scanned.
func (s *JPEGScanner) Complete() bool { return s.state == jpegEnd }

// Scan scans the next bytes.
func (s *JPEGScanner) Scan(p []byte) {
	for len(p) > 0 && s.state != jpegEnd {
		switch s.state {
		case jpegSegment:
			n := min(s.skip, len(p))
			s.segment = append(s.segment, p[:min(n, s.want-len(s.segment))]...)
			p, s.skip = p[n:], s.skip-n
			if s.skip == 0 {
				s.segmentEnd()
			}
			continue
		case jpegSeek, jpegPixels:
			at := bytes.IndexByte(p, 0xff)
			if at < 0 {
				return
			}
			p = p[at+1:]
			s.state++ // to the state after 0xff
			continue
		}
		b := p[0]
		p = p[1:]
		switch s.state {
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
			s.segmentBegin(int(s.high)<<8 + int(b) - 2)
		}
	}
}

func (s *JPEGScanner) mark(marker byte) {
	switch {
	case marker == 0xff: // filling
		s.state = jpegMarker
	case marker == eoi:
		s.state = jpegEnd
	case marker == 0, marker == 0x01, marker >= 0xd0 && marker <= 0xd8: // no segment follows
		s.state = jpegSeek
	default:
		s.state, s.marker = jpegLengthTop, marker
	}
}

func (s *JPEGScanner) segmentBegin(size int) {
	s.segments++
	s.segment, s.want = s.segment[:0], 0
	switch {
	case s.marker == app1 && s.orientation == 0:
		s.want = size
	case s.marker == app0, s.marker == app14, s.marker == sos, s.isSOF():
		s.want = 6 + 3*4
	}
	s.skip, s.state = size, jpegSegment
	if size <= 0 {
		s.skip = 0
		s.segmentEnd()
	}
}

func (s *JPEGScanner) isSOF() bool {
	return s.marker >= sof0 && s.marker <= sofLast && s.marker != dht && s.marker != jpg && s.marker != dac
}

func (s *JPEGScanner) segmentEnd() {
	s.state = jpegSeek
	if s.err != nil {
		return
	}
	switch body := s.segment; {
	case s.isSOF():
		s.err = s.frame.parse(s.marker, body)
	case s.marker == sos:
		s.state = jpegPixels
		s.err = s.scanBegin(body)
	case s.marker == app0 && len(body) >= 5:
		s.frame.jfif = bytes.HasPrefix(body, []byte("JFIF\x00"))
	case s.marker == app14 && len(body) >= 12:
		s.frame.adobe, s.frame.adobeTransform = bytes.HasPrefix(body, []byte("Adobe")), body[11]
	case s.marker == app1:
		if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && s.orientation == 0 {
			s.orientation = TIFFOrientation(exif)
		}
	}
}

// parse reads an SOF segment (ITU-T T.81, B.2.2).
func (f *jpegFrame) parse(marker byte, body []byte) error {
	switch {
	case f.components != nil:
		return fmt.Errorf("%w: JPEG has two frame headers", ErrFormat)
	case marker > sof2:
		return fmt.Errorf("%w: JPEG is of a kind that is not supported (SOF%d)", ErrFormat, marker-sof0)
	case len(body) < 6+3 || len(body) < 6+3*int(body[5]):
		return fmt.Errorf("%w: JPEG has a short frame header", ErrFormat)
	case body[0] != 8:
		return fmt.Errorf("%w: JPEG has %d bits per sample, only 8 are supported", ErrFormat, body[0])
	}
	count := int(body[5])
	height, width := int64(binary.BigEndian.Uint16(body[1:])), int64(binary.BigEndian.Uint16(body[3:]))
	if width == 0 || height == 0 {
		return fmt.Errorf("%w: JPEG is %d×%d pixels", ErrFormat, width, height)
	}
	if count != 1 && count != 3 && count != 4 {
		return fmt.Errorf("%w: JPEG has %d components, only 1, 3 and 4 are supported", ErrFormat, count)
	}
	components := make([]jpegComponent, count)
	var across, down int64 // MCUs of the whole picture
	for i := range count {
		c := body[6+3*i:]
		h, v := int64(c[1]>>4), int64(c[1]&15)
		if h < 1 || h > 4 || v < 1 || v > 4 {
			return fmt.Errorf("%w: JPEG has a component with invalid sampling %d×%d", ErrFormat, h, v)
		}
		if count == 1 {
			h, v = 1, 1
		}
		if i == 0 {
			across, down = (width+8*h-1)/(8*h), (height+8*v-1)/(8*v)
		}
		components[i] = jpegComponent{c[0], 64 * h * v * across * down}
	}
	f.width, f.height, f.progressive, f.components = int(width), int(height), marker == sof2, components
	return nil
}

// memory returns the number of bytes that image/jpeg needs.
func (f *jpegFrame) memory() int64 {
	var samples int64
	for _, c := range f.components {
		samples += c.samples
	}
	total := samples
	if f.progressive {
		total += 4 * samples // the coefficients
	}
	rgb := f.adobe && f.adobeTransform == 0
	for i, c := range f.components {
		rgb = rgb || i == 2 && f.components[0].id == 'R' && f.components[1].id == 'G' && c.id == 'B'
	}
	if len(f.components) == 4 || len(f.components) == 3 && rgb && !f.jfif {
		// a second picture, converted to another colour space
		total += 4 * int64(f.width) * int64(f.height)
	}
	return total
}

// scanBegin counts the scan and the samples that it visits (ITU-T T.81, B.2.3).
func (s *JPEGScanner) scanBegin(body []byte) error {
	if s.frame.components == nil {
		return fmt.Errorf("%w: JPEG has no frame header before the first scan", ErrFormat)
	}
	s.scans++
	if len(body) > 0 {
		for i := range min(int(body[0]), (len(body)-1)/2) {
			for _, c := range s.frame.components {
				if c.id == body[1+2*i] {
					s.samples += c.samples
				}
			}
		}
	}
	if s.scans > maxScans {
		return fmt.Errorf("%w: JPEG has more than %d scans", ErrTooLarge, maxScans)
	}
	if s.samples > maxSamples {
		return fmt.Errorf("%w: JPEG has %d×%d pixels in %d scans or more", ErrTooLarge, s.frame.width, s.frame.height, s.scans)
	}
	return nil
}

// info returns what the scanned segments contain.
func (s *JPEGScanner) info() (Info, error) {
	switch {
	case s.frame.components != nil: // errors after the header do not matter
	case s.err != nil:
		return Info{}, s.err
	case s.state == jpegEnd || s.segments > maxSegments:
		return Info{}, fmt.Errorf("%w: JPEG has no frame header in its first %d segments", ErrFormat, s.segments)
	default:
		return Info{}, ErrTruncated
	}
	return Info{
		Format: JPEG, Width: s.frame.width, Height: s.frame.height, Orientation: max(s.orientation, Upright),
		Frames: 1, memory: s.frame.memory(), framePixels: int64(s.frame.width) * int64(s.frame.height),
	}, nil
}

// probeJPEG reads up to the first scan and skips what it does not need.
func probeJPEG(src io.ReaderAt, size int64) (Info, error) {
	scan := &JPEGScanner{}
	buf := make([]byte, 1<<10)
	for at := int64(0); at < size && scan.scans == 0 && scan.state != jpegEnd && scan.err == nil && scan.segments <= maxSegments; {
		n, err := src.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		if n == 0 && err != nil {
			return Info{}, err
		}
		scan.Scan(buf[:n])
		at += int64(n)
		if scan.state == jpegSegment && scan.want == 0 {
			at += int64(scan.skip)
			scan.skip = 0
			scan.segmentEnd()
		}
	}
	return scan.info()
}

// walkJPEG walks through the whole file, to limit its scans and to compute the memory that decoding
// needs.
func walkJPEG(src io.ReaderAt, size int64) (Info, error) {
	scan := &JPEGScanner{}
	buf := make([]byte, 64<<10)
	for at := int64(0); at < size && !scan.Complete(); {
		n, err := src.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		if n == 0 && err != nil {
			return Info{}, err
		}
		scan.Scan(buf[:n])
		if scan.err != nil {
			return Info{}, scan.err
		}
		at += int64(n)
	}
	if !scan.Complete() {
		return Info{}, ErrTruncated
	}
	return scan.info()
}
