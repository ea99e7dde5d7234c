package ffmpeg

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPlaylistsOpenNoOtherFiles checks that a playlist cannot make ffmpeg show another file of this
// machine.
func TestPlaylistsOpenNoOtherFiles(t *testing.T) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	movie, err := filepath.Abs("../../testdata/movie.mp4")
	require.NoError(t, err)
	for name, test := range map[string]struct {
		playlist string
	}{
		"HLS":    {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.3,\nfile://" + movie + "\n#EXT-X-ENDLIST\n"},
		"concat": {"ffconcat version 1.0\nfile '" + filepath.Base(movie) + "'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := OpenInput(t.Context(), strings.NewReader(test.playlist), int64(len(test.playlist)))
			require.NoError(t, err)
			defer in.Close()
			var out bytes.Buffer
			err = in.Run(t.Context(), path, nil, []string{"-frames:v", "1", "-f", "image2pipe"}, 1<<20, &out)
			require.ErrorContains(t, err, "not on whitelist")
			require.Empty(t, out.Bytes())
		})
	}
}
