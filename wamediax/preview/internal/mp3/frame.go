package mp3

import (
	"encoding/binary"
	"fmt"
)

// frame is the header of an MPEG audio frame, ISO/IEC 11172-3 section 2.4.1.3
// and 13818-3.
type frame struct {
	size       int // bytes
	samples    int // per channel
	sampleRate int
	bitrate    int // per second
	channels   int
	version    byte // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
	layer      int
	padded     bool
	infoAt     int // where a Xing header would be
}

var bitrates = [5][16]int{ // kbit/s; index 0, "free", is not supported
	{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448}, // MPEG 1 layer I
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},    // layer II
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},     // layer III
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},    // MPEG 2 layer I
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},         // layers II and III
}

// parseFrame reads the four bytes of a header.
func parseFrame(b []byte) (frame, bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return frame{}, false
	}
	version := b[1] >> 3 & 3
	layer := 4 - int(b[1]>>1&3)
	rate := int(b[2] >> 2 & 3)
	if version == 1 || layer == 4 || rate == 3 {
		return frame{}, false
	}
	f := frame{channels: 2, version: version, layer: layer, padded: b[2]>>1&1 == 1, sampleRate: []int{44100, 48000, 32000}[rate]}
	if b[3]>>6 == 3 {
		f.channels = 1
	}
	row := layer - 1
	switch version {
	case 2:
		f.sampleRate /= 2
	case 0:
		f.sampleRate /= 4
	}
	f.samples = []int{384, 1152, 1152}[layer-1]
	f.infoAt = 4 + 32
	if version == 3 && f.channels == 1 {
		f.infoAt = 4 + 17
	}
	if version != 3 {
		row = min(layer+2, 4)
		if layer == 3 {
			f.samples = 576
		}
		if f.infoAt = 4 + 17; f.channels == 1 {
			f.infoAt = 4 + 9
		}
	}
	if f.bitrate = 1000 * bitrates[row][b[2]>>4]; f.bitrate == 0 {
		return frame{}, false
	}
	padding := int(b[2] >> 1 & 1)
	if layer == 1 {
		f.size = (12*f.bitrate/f.sampleRate + padding) * 4
	} else {
		f.size = f.samples/8*f.bitrate/f.sampleRate + padding
	}
	return f, true
}

// decodable returns an error for a frame that go-mp3 v0.3.4 cannot decode or
// would decode to damaged sound.
func (f frame) decodable() error {
	switch {
	case f.layer != 3:
		return fmt.Errorf("%w: sound is MPEG layer %d, only layer III (MP3) is decoded", ErrUnsupported, f.layer)
	case f.version == 0:
		return fmt.Errorf("%w: sound is MPEG 2.5 at %d Hz, only MPEG 1 and 2 (16 kHz and up) are decoded", ErrUnsupported, f.sampleRate)
	case f.version == 2 && f.padded && 144*f.bitrate/f.sampleRate%2 == 0:
		// go-mp3 halves the size together with the padding, and rounds down: a byte too short.
		return fmt.Errorf("%w: MP3 has padded frames of %d bit/s at %d Hz, which go-mp3 would damage", ErrUnsupported, f.bitrate, f.sampleRate)
	}
	return nil
}

// sameStream reports whether f can follow first.
func (f frame) sameStream(first frame) bool {
	return f.version == first.version && f.layer == first.layer && f.sampleRate == first.sampleRate
}

// info is the encoder's metadata in a first frame without sound.
type info struct {
	frames     int64
	delay, pad int  // samples of silence that the encoder added
	found      bool // the first frame has metadata
}

// readInfo reads a Xing, Info or VBRI header and its LAME extension:
// http://gabriel.mp3-tech.org/mp3infotag.html.
func readInfo(data []byte, f frame) info {
	if vbri := 4 + 32; len(data) >= vbri+18 && string(data[vbri:vbri+4]) == "VBRI" {
		return info{frames: int64(binary.BigEndian.Uint32(data[vbri+14:])), found: true}
	}
	if len(data) < f.infoAt+8 {
		return info{}
	}
	data = data[f.infoAt:]
	if name := string(data[:4]); name != "Xing" && name != "Info" {
		return info{}
	}
	const hasFrames, hasBytes, hasTOC, hasQuality = 1, 2, 4, 8
	flags := binary.BigEndian.Uint32(data[4:])
	in, at := info{found: true}, 8
	if flags&hasFrames != 0 && len(data) >= at+4 {
		in.frames = int64(binary.BigEndian.Uint32(data[at:]))
		at += 4
	}
	if flags&hasBytes != 0 {
		at += 4
	}
	if flags&hasTOC != 0 {
		at += 100
	}
	if flags&hasQuality != 0 {
		at += 4
	}
	if lame := at + 21; len(data) >= lame+3 && data[at] == 'L' { // LAME, Lavf, Lavc
		in.delay = int(data[lame])<<4 | int(data[lame+1])>>4
		in.pad = int(data[lame+1]&0xf)<<8 | int(data[lame+2])
	}
	return in
}
