package mp4

import (
	gomp4 "github.com/abema/go-mp4"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// fragment is a traf box: when it begins, and how long its samples are.
type fragment struct {
	track         uint32
	begin, length uint64 // in the track's units
	perSample     uint32
	hasBegin      bool
}

// visitFragment lengthens the movie to the end of the fragment. Fragments that
// do not say when they begin are left out.
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

// readFragment reads a box of the fragment. Its tfhd comes first.
func (p *parser) readFragment(payload gomp4.IImmutableBox) {
	const hasDefault, hasDuration = 0x8, 0x100
	f := p.fragment
	switch box := payload.(type) {
	case *gomp4.Tfhd:
		f.track, f.perSample = box.TrackID, p.defaults[box.TrackID]
		if box.CheckFlag(hasDefault) {
			f.perSample = box.DefaultSampleDuration
		}
	case *gomp4.Tfdt:
		f.begin, f.hasBegin = box.GetBaseMediaDecodeTime(), true
	case *gomp4.Trun:
		if !box.CheckFlag(hasDuration) {
			f.length += uint64(box.SampleCount) * uint64(f.perSample)
			return
		}
		for _, sample := range box.Entries {
			f.length += uint64(sample.SampleDuration)
		}
	}
}
