// Package mp4 reads the headers of MP4, MOV, 3GP and M4A files: dimensions,
// duration, codecs and cover. It skips samples and their tables.
//
// It uses github.com/abema/go-mp4, which reads only the boxes that are asked
// for: 404 bytes for the durations of a movie of an hour.
// github.com/Eyevinn/mp4ff reads all of moov with the sample tables, 1.3 MB for
// the same movie, and rejects tables whose size is slightly off.
package mp4

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	gomp4 "github.com/abema/go-mp4"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

const (
	// Budget is the most bytes of a file that Read needs.
	Budget = 16 << 20

	maxBoxes    = 100_000 // two hours in fragments of one second have 15,000
	maxBoxSize  = 1 << 20 // bytes of a box that is read
	maxMeta     = 8 << 20 // bytes of the metadata, with the cover art
	maxTracks   = 64
	maxDepth    = 16 // a cover's data box is at 6: moov, udta, meta, ilst, covr, data
	readAhead   = 4 << 10
	lastMoofs   = 4 // tracks take turns in the last fragments of some files
	maxFtypSize = 4 << 10
)

// Info is the result of Read. A field that the file does not have is zero.
type Info struct {
	Width, Height int // pixels as shown, after rotation
	Duration      time.Duration
	Video, Audio  string // sample entry of the first track of its kind: "avc1", "mp4a"
	Cover         []byte // a JPEG or PNG
	MoovAt        int64  // offset of the moov box, -1 if there is none
	Fragmented    bool
}

// ErrNoMovie is returned by Read, wrapped, for a file without a moov box: it is
// truncated, or not a movie.
var ErrNoMovie = errors.New("no moov box")

var errEnough = errors.New("enough boxes read")

type parser struct {
	src        *bounded.Reader
	info       Info
	boxes      int
	tracks     int
	track      *track // being read
	first      map[string]*track
	timescales map[uint32]uint32 // of tracks, by ID
	defaults   map[uint32]uint32 // duration of a sample in fragments, by track
	moofs      []*gomp4.BoxInfo  // the last ones
	fragment   *fragment         // being read
	movieScale uint32            // units per second of movie durations
}

// Read reads the movie's header, which can be anywhere in the file. The Info is
// valid even with an error, as far as the file was read.
func Read(src *bounded.Reader) (*Info, error) {
	p := &parser{src: src, info: Info{MoovAt: -1}, first: map[string]*track{},
		timescales: map[uint32]uint32{}, defaults: map[uint32]uint32{}}
	err := p.read()
	if video := p.first["vide"]; video != nil {
		p.info.Width, p.info.Height, p.info.Video = video.width, video.height, video.codec
	}
	if audio := p.first["soun"]; audio != nil {
		p.info.Audio = audio.codec
	}
	if err != nil {
		return &p.info, fmt.Errorf("failed to read MP4: %w", err)
	}
	return &p.info, nil
}

// read walks the top-level boxes until it has everything.
func (p *parser) read() error {
	s := bounded.NewSeeker(p.src, readAhead)
	// QuickTime files older than 2005 have no ftyp
	context := gomp4.Context{IsQuickTimeCompatible: true}
	for p.src.Size()-mustSeek(s) >= gomp4.SmallHeaderSize {
		box, err := gomp4.ReadBoxInfo(s)
		if err != nil {
			return err
		}
		if err := p.check(box); err != nil {
			if p.info.MoovAt >= 0 {
				break // a truncated fragment: those before it count
			}
			return err
		}
		if box.Type == gomp4.BoxTypeFtyp() && box.Size > maxFtypSize {
			return fmt.Errorf("box ftyp has %d bytes", box.Size)
		}
		box.Context = context
		switch box.Type {
		case gomp4.BoxTypeFtyp(), gomp4.BoxTypeMoov(), gomp4.BoxTypeSidx():
			_, err = gomp4.ReadBoxStructureFromInternal(s, box, p.visit)
			context.IsQuickTimeCompatible = box.IsQuickTimeCompatible
		case gomp4.BoxTypeMoof():
			if p.moofs = append(p.moofs, box); len(p.moofs) > lastMoofs {
				p.moofs = p.moofs[1:]
			}
		}
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if p.info.MoovAt >= 0 && (p.info.Duration > 0 || !p.info.Fragmented) {
			return nil
		}
		if _, err := box.SeekToEnd(s); err != nil {
			return err
		}
	}
	if p.info.MoovAt < 0 {
		return ErrNoMovie
	}
	for _, moof := range p.moofs {
		if _, err := gomp4.ReadBoxStructureFromInternal(s, moof, p.visit); err != nil {
			return err
		}
	}
	return nil
}

// mustSeek returns the position. A Seeker cannot fail to return it.
func mustSeek(s *bounded.Seeker) int64 {
	pos, _ := s.Seek(0, io.SeekCurrent)
	return pos
}

// check rejects a box that extends beyond the file, and too many boxes.
func (p *parser) check(box *gomp4.BoxInfo) error {
	if p.boxes++; p.boxes > maxBoxes {
		return fmt.Errorf("more than %d boxes", maxBoxes)
	}
	if left := uint64(p.src.Size()) - box.Offset; box.Size < box.HeaderSize || box.Size > left {
		return fmt.Errorf("box %s at byte %d claims %d bytes of the %d left: file is truncated or broken",
			box.Type, box.Offset, box.Size, left)
	}
	return p.src.Err()
}

// visit is called for each box and reads the relevant ones.
func (p *parser) visit(h *gomp4.ReadHandle) (any, error) {
	box := &h.BoxInfo
	if err := p.check(box); err != nil {
		return nil, err
	}
	if len(h.Path) > maxDepth {
		return nil, fmt.Errorf("boxes are nested more than %d deep", maxDepth)
	}
	switch box.Type {
	case gomp4.BoxTypeMoov():
		p.info.MoovAt = int64(box.Offset)
	case gomp4.BoxTypeMvex():
		p.info.Fragmented = true
	case gomp4.BoxTypeTrak():
		return nil, p.visitTrack(h)
	case gomp4.BoxTypeTraf():
		return nil, p.visitFragment(h)
	case gomp4.BoxTypeUdta(), gomp4.BoxTypeMeta(), gomp4.BoxTypeIlst(), gomp4.StrToBoxType("covr"):
		if box.Size <= maxMeta && len(h.Path) > 1 {
			_, err := h.Expand()
			if p.src.Err() != nil || p.boxes > maxBoxes {
				return nil, err
			}
			// Ignore other errors: metadata is optional, and many programs write it wrongly.
		}
		return nil, nil
	case gomp4.BoxTypeMoof(), gomp4.BoxTypeMdia(), gomp4.BoxTypeMinf(), gomp4.BoxTypeStbl():
	case gomp4.BoxTypeData():
		if len(h.Path) < 2 || h.Path[len(h.Path)-2] != gomp4.StrToBoxType("covr") || p.info.Cover != nil {
			return nil, nil
		}
		return nil, p.visitPayload(h, maxMeta)
	case gomp4.BoxTypeStsd():
		return nil, p.visitEntries(h)
	case gomp4.BoxTypeTrun():
		if p.fragment == nil {
			return nil, nil
		}
		return nil, p.visitRun(h)
	default:
		if p.wanted(box.Type) {
			return nil, p.visitPayload(h, maxBoxSize)
		}
		if p.track != nil && len(h.Path) > 1 && h.Path[len(h.Path)-2] == gomp4.BoxTypeStsd() {
			return nil, p.visitEntry(h)
		}
		return nil, nil
	}
	_, err := h.Expand()
	return nil, err
}

func (p *parser) wanted(t gomp4.BoxType) bool {
	switch t {
	case gomp4.BoxTypeMvhd(), gomp4.BoxTypeMehd(), gomp4.BoxTypeTrex(), gomp4.BoxTypeSidx():
		return true
	case gomp4.BoxTypeTkhd(), gomp4.BoxTypeMdhd(), gomp4.BoxTypeHdlr():
		return p.track != nil
	case gomp4.BoxTypeTfhd(), gomp4.BoxTypeTfdt():
		return p.fragment != nil
	}
	return false
}

func (p *parser) visitPayload(h *gomp4.ReadHandle, limit uint64) error {
	if h.BoxInfo.Size > limit {
		return fmt.Errorf("box %s at byte %d has an invalid size of %d bytes", h.BoxInfo.Type, h.BoxInfo.Offset, h.BoxInfo.Size)
	}
	payload, _, err := h.ReadPayload()
	if err != nil {
		return fmt.Errorf("box %s at byte %d: %w", h.BoxInfo.Type, h.BoxInfo.Offset, err)
	}
	switch box := payload.(type) {
	case *gomp4.Mvhd:
		p.movieScale = box.Timescale
		p.info.Duration = max(p.info.Duration, bounded.Duration(known(box.GetDuration(), box.GetVersion()), box.Timescale))
	case *gomp4.Mehd:
		p.info.Duration = max(p.info.Duration, bounded.Duration(box.GetFragmentDuration(), p.movieScale))
	case *gomp4.Sidx:
		var units uint64
		for _, reference := range box.References {
			units += uint64(reference.SubsegmentDuration)
		}
		p.info.Duration = max(p.info.Duration, bounded.Duration(units, box.Timescale))
	case *gomp4.Data:
		p.info.Cover = box.Data
	case *gomp4.Trex:
		p.defaults[box.TrackID] = box.DefaultSampleDuration
	case *gomp4.Tkhd, *gomp4.Mdhd, *gomp4.Hdlr:
		p.track.read(box)
	case *gomp4.Tfhd, *gomp4.Tfdt:
		p.readFragment(box)
	}
	return nil
}

// known returns 0 for the duration with all bits set, which means "unknown".
func known(units uint64, version uint8) uint64 {
	if units == math.MaxUint64 || version == 0 && units == math.MaxUint32 {
		return 0
	}
	return units
}
