package preview_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

func TestMovieFieldsAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		mimetype string
		codecs   []string
		sound    bool
		warning  string
	}{
		"movie.mp4":      {"video/mp4", []string{"avc1", "mp4a"}, true, ""},
		"silent.mp4":     {"video/mp4", []string{"avc1"}, false, ""},
		"fragmented.mp4": {"video/mp4", []string{"avc1", "mp4a"}, true, ""},
		"movie.mov":      {"video/quicktime", []string{"avc1", "mp4a"}, true, ""},
		"movie.3gp":      {"video/3gpp", []string{"s263", "mp4a"}, true, "H.263"},
		"hevc.mp4":       {"video/mp4", []string{"hvc1"}, false, "HEVC"},
		"vp9.mp4":        {"video/mp4", []string{"vp09"}, false, "VP9"},
		"sound.m4a":      {"audio/mp4", []string{"mp4a"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := previewOf(t, read(t, name))
			require.Equal(t, test.mimetype, p.Mimetype)
			require.Equal(t, test.codecs, p.Codecs)
			require.Equal(t, test.sound, p.Sound)
			if test.warning == "" {
				require.Empty(t, p.Warnings)
			} else {
				require.ErrorContains(t, errorOf(p.Warnings), test.warning)
			}
			require.EqualValues(t, 2, p.Seconds(), "1.3 s and 1.5 s round up")
		})
	}
}

type sentences string

func (s sentences) Error() string { return string(s) }

func errorOf(warnings []string) error { return sentences(strings.Join(warnings, "\n")) }

// spread is a file of size bytes that are zero except for some pieces. It counts the bytes read.
type spread struct {
	size   int64
	pieces map[int64][]byte
	read   int64
	calls  int
}

func (s *spread) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), s.size-off))
	if n <= 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	for at, piece := range s.pieces {
		if from, to := max(at, off), min(at+int64(len(piece)), off+int64(n)); from < to {
			copy(p[from-off:to-off], piece[from-at:])
		}
	}
	s.read += int64(n)
	s.calls++
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// gibibyte returns a movie of 1 GiB. Its samples are zeros, because nothing reads them.
func gibibyte(t testing.TB, moovFirst bool) *spread {
	const size = 1 << 30
	boxes := map[string][]byte{}
	for data := read(t, "movie.mp4"); len(data) > 0; {
		n := int(data[0])<<24 | int(data[1])<<16 | int(data[2])<<8 | int(data[3])
		boxes[string(data[4:8])] = data[:n]
		data = data[n:]
	}
	ftyp, moov := boxes["ftyp"], boxes["moov"]
	mdat := size - int64(len(ftyp)+len(moov))
	header := []byte{byte(mdat >> 24), byte(mdat >> 16), byte(mdat >> 8), byte(mdat), 'm', 'd', 'a', 't'}
	s := &spread{size: size, pieces: map[int64][]byte{0: ftyp}}
	if moovFirst {
		s.pieces[int64(len(ftyp))] = moov
		s.pieces[int64(len(ftyp)+len(moov))] = header
	} else {
		s.pieces[int64(len(ftyp))] = header
		s.pieces[int64(len(ftyp))+mdat] = moov
	}
	return s
}

func TestOnlyHeadersOfALargeMovieAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		moovFirst bool
		warning   string
	}{
		"moov at the beginning": {true, ""},
		"moov at the end":       {false, "moov box after 1024 MiB: phones cannot play before they have all of the file"},
	} {
		t.Run(name, func(t *testing.T) {
			movie := gibibyte(t, test.moovFirst)
			p, err := preview.New().Preview(t.Context(), movie, movie.size, "")
			require.NoError(t, err)
			require.Equal(t, []int{128, 96}, []int{p.Width, p.Height})
			require.InDelta(t, 1.3, p.Duration.Seconds(), 0.001)
			require.Contains(t, strings.Join(p.Warnings, "\n"), test.warning)
			require.Equal(t, test.warning == "", len(p.Warnings) == 0)
			t.Logf("%d bytes in %d reads", movie.read, movie.calls)
			require.Less(t, movie.read, int64(20_000))
		})
	}
}
