package preview

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/mp4"
)

// lateHeader is the offset of the moov box, in bytes, from which on a warning is given.
const lateHeader = 16 << 20

// readMovie reads MP4, MOV, 3GP and M4A.
func (f *file) readMovie() error {
	info, err := mp4.Read(f.bounded(mp4.Budget))
	p := &f.preview
	p.Width, p.Height, p.Duration, p.Sound = info.Width, info.Height, info.Duration, info.Audio != ""
	for _, codec := range []string{info.Video, info.Audio} {
		if codec != "" {
			p.Codecs = append(p.Codecs, codec)
		}
	}
	if info.Video == "" && p.Sound {
		p.Mimetype = strings.Replace(strings.Replace(p.Mimetype, "video/quicktime", "audio/mp4", 1), "video/", "audio/", 1)
		p.NotVoice = "not Ogg: a voice note is Opus in Ogg"
	}
	p.Warnings = movieWarnings(info)
	if err != nil {
		return err
	}
	if info.Cover != nil {
		return f.useCover(info.Cover)
	}
	return nil
}

// movieWarnings returns reasons why phones may not play the movie. WhatsApp documents H.264 with
// AAC in MP4 or 3GP for its Cloud API ("Supported media types"); phones play at least that.
func movieWarnings(info *mp4.Info) (warnings []string) {
	codecNames := map[string]string{"hvc1": "HEVC", "hev1": "HEVC", "dvh1": "HEVC", "dvhe": "HEVC", "vp08": "VP8", "vp09": "VP9",
		"av01": "AV1", "mp4v": "MPEG-4 Part 2", "s263": "H.263", "Opus": "Opus", "ac-3": "AC-3", "ec-3": "E-AC-3", "alac": "ALAC"}
	called := func(codec string) string {
		if name := codecNames[codec]; name != "" {
			return name
		}
		return fmt.Sprintf("%q", codec)
	}
	switch info.Video {
	case "", "avc1", "avc3":
	default:
		warnings = append(warnings, called(info.Video)+" video: many phones play only H.264")
	}
	switch info.Audio {
	case "", "mp4a", "samr", "sawb":
	default:
		warnings = append(warnings, called(info.Audio)+" sound: many phones play only AAC in this format")
	}
	if info.MoovAt > lateHeader {
		warnings = append(warnings, fmt.Sprintf("moov box after %s: phones cannot play before they have all of the file",
			humanize.IBytes(uint64(info.MoovAt))))
	}
	return warnings
}
