package tour

import (
	"bytes"
	"context"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ownTempDir sets a directory for temporary files, which must be empty at the end of the test.
func ownTempDir(t *testing.T) {
	dir := t.TempDir()
	for _, variable := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(variable, dir)
	}
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
	})
}

func TestTourShowsThatEveryFeatureWorks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, bytes.Repeat([]byte("wamediax"), 1<<20), 0o600))
	sheet := filepath.Join(t.TempDir(), "sheet.png")
	ownTempDir(t)
	var out bytes.Buffer
	require.NoError(t, Run(t.Context(), &out, Config{File: file, Sheet: sheet}))
	for _, want := range []string{
		`object +8388634 bytes`,
		`received +8388634 bytes`,
		`attempts +[23]\n`,
		`new tokens +1\n`,
		`downloaded +every byte is right`,
		`cut off; the host holds 4\.0 MiB\n`,
		`It sent the remaining 4\.0 MiB of 8\.0 MiB, and 0 B for the next chat`,
		`wamediax.Client +uploaded to the next host`,
		`When half of it was recorded, [4-9]\.\d MiB had arrived`,
		`192 KiB were received`,
		`came back +14\n +gone from the phone too +3\n +could not be decrypted +2\n +never answered +1\n`,
		`photo.jpg +image/jpeg, 960×640, thumbnail 100×67`,
		`document.pdf +application/pdf, 2 pages`,
		`melody.wav +audio/ogg, 3 s, waveform`,
		`marked as forwarded\. 0 B were uploaded`,
		`Another account received all of them`,
		`run 2: 40 products with 30 different URLs, 0 B sent`,
	} {
		require.Regexp(t, want, out.String())
	}
	_, summary, _ := strings.Cut(out.String(), "Summary\n")
	require.Equal(t, 11, strings.Count(summary, "\n"), "a row for each section")
	data, err := os.ReadFile(sheet)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, 4*156+48, picture.Bounds().Dy(), "four rows with a picture, and one without")
}

func TestTourFailsWithoutItsFile(t *testing.T) {
	ownTempDir(t)
	require.ErrorIs(t, Run(t.Context(), io.Discard, Config{File: filepath.Join(t.TempDir(), "none")}), os.ErrNotExist)
}

func TestInterruptedTourLeavesNothing(t *testing.T) {
	ownTempDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, Run(ctx, io.Discard, Config{}), context.Canceled)
}

func TestTourWithoutAReaderLeavesNothing(t *testing.T) {
	ownTempDir(t)
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.CopyN(io.Discard, reader, 100)
		_ = reader.CloseWithError(iotest.ErrTimeout)
	}()
	require.ErrorIs(t, Run(t.Context(), writer, Config{}), iotest.ErrTimeout)
}
