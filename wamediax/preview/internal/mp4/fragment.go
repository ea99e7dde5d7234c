package mp4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	gomp4 "github.com/abema/go-mp4"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// fragment is a traf box: its start and the length of its samples.
type fragment struct {
	track         uint32
	begin, length uint64 // in the track's units
	perSample     uint32
	hasBegin      bool
}

// visitFragment extends the movie to the end of the fragment. It ignores
// fragments without a start time.
func (p *parser) visitFragment(h *gomp4.ReadHandle) error {
	f := &fragment{}
	p.fragment = f
	_, err := h.Expand()
	p.fragment = nil
	if err != nil {
		return err
	}
	if f.hasBegin {
		p.info.Duration = max(p.info.Duration, bounded.Duration(f.begin+f.length, p.timescales[f.track]))
	}
	return nil
}

// readFragment reads a box of the fragment, of which tfhd is the first.
func (p *parser) readFragment(payload gomp4.IImmutableBox) {
	const hasDefault = 0x8
	f := p.fragment
	switch box := payload.(type) {
	case *gomp4.Tfhd:
		f.track, f.perSample = box.TrackID, p.defaults[box.TrackID]
		if box.CheckFlag(hasDefault) {
			f.perSample = box.DefaultSampleDuration
		}
	case *gomp4.Tfdt:
		f.begin, f.hasBegin = box.GetBaseMediaDecodeTime(), true
	}
}

// visitRun reads a trun box (ISO/IEC 14496-12 section 8.8.8). go-mp4 would allocate memory for each
// of the 2³² samples that a box without per-sample fields can claim.
func (p *parser) visitRun(h *gomp4.ReadHandle) error {
	const hasOffset, hasFirstFlags, hasDuration = 0x1, 0x4, 0x100
	if h.BoxInfo.Size > maxBoxSize {
		return fmt.Errorf("box trun at byte %d has an invalid size of %d bytes", h.BoxInfo.Offset, h.BoxInfo.Size)
	}
	var body bytes.Buffer
	if _, err := h.ReadData(&body); err != nil {
		return err
	}
	if body.Len() < 8 {
		return fmt.Errorf("box trun at byte %d is truncated", h.BoxInfo.Offset)
	}
	flags, samples := binary.BigEndian.Uint32(body.Next(4))&0xffffff, binary.BigEndian.Uint32(body.Next(4))
	if flags&hasDuration == 0 {
		p.fragment.length += uint64(samples) * uint64(p.fragment.perSample)
		return nil
	}
	body.Next(4 * bits.OnesCount32(flags&(hasOffset|hasFirstFlags)))
	size := 4 * bits.OnesCount32(flags&0xf00)
	for ; samples > 0 && body.Len() >= size; samples-- {
		p.fragment.length += uint64(binary.BigEndian.Uint32(body.Next(size)))
	}
	return nil
}
