package mp4

import (
	"fmt"
	"strings"

	gomp4 "github.com/abema/go-mp4"
)

// track is a trak box. Only the first video track and the first sound track are used.
type track struct {
	id, timescale uint32
	handler       string // "vide", "soun", …
	codec         string
	width, height int
}

func (p *parser) visitTrack(h *gomp4.ReadHandle) error {
	if p.tracks++; p.tracks > maxTracks {
		return fmt.Errorf("more than %d tracks", maxTracks)
	}
	p.track = &track{}
	_, err := h.Expand()
	t := p.track
	p.track = nil
	if err != nil {
		return err
	}
	p.timescales[t.id] = t.timescale
	if p.first[t.handler] == nil {
		p.first[t.handler] = t
	}
	return nil
}

func (t *track) read(payload gomp4.IImmutableBox) {
	switch box := payload.(type) {
	case *gomp4.Tkhd:
		t.id = box.TrackID
		t.width, t.height = int(box.Width>>16), int(box.Height>>16)
		if quarterTurn(box.Matrix) {
			t.width, t.height = t.height, t.width
		}
	case *gomp4.Mdhd:
		t.timescale = box.Timescale
	case *gomp4.Hdlr:
		if t.handler == "" { // QuickTime has a second hdlr, in minf
			t.handler = string(box.HandlerType[:])
		}
	}
}

// quarterTurn reports whether a track is shown on its side: the matrix
// {a, b, u, c, d, v, x, y, w} of ISO/IEC 14496-12 then exchanges x and y.
func quarterTurn(matrix [9]int32) bool {
	a, b, c, d := matrix[0], matrix[1], matrix[3], matrix[4]
	return a == 0 && d == 0 && b != 0 && c != 0
}

// visitEntries reads the sample entries' types from stsd.
func (p *parser) visitEntries(h *gomp4.ReadHandle) error {
	if p.track == nil || h.BoxInfo.Size > maxBoxSize {
		return nil
	}
	_, err := h.Expand()
	return err
}

// visitEntry reads the type of one sample entry.
func (p *parser) visitEntry(h *gomp4.ReadHandle) error {
	if p.track.codec == "" {
		p.track.codec = strings.TrimSpace(h.BoxInfo.Type.String())
	}
	return nil
}
