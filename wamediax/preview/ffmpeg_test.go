package preview_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// realFFmpeg returns the path of ffmpeg, or skips the test.
func realFFmpeg(t *testing.T) string {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	return path
}

// fakeFFmpeg returns the path of a shell script that stands in for ffmpeg.
func fakeFFmpeg(t *testing.T, script string) string {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no /bin/sh")
	}
	path := filepath.Join(t.TempDir(), "ffmpeg")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700))
	return path
}

func TestFFmpegHandlesOtherFormats(t *testing.T) {
	path := realFFmpeg(t)
	golden := facts(t)
	for name, wantsFrame := range map[string]bool{"movie.mp4": true, "rotated90.mp4": true, "movie.webm": true, "sound.m4a": false,
		"sound.flac": false, "mpeg2-padded.mp3": false, "vorbis.ogg": false} {
		t.Run(name, func(t *testing.T) {
			want, data := golden[name], read(t, name)
			p, err := preview.New(preview.WithFFmpeg(path)).Preview(t.Context(), bytes.NewReader(data), int64(len(data)), "")
			require.NoError(t, err)
			require.InDelta(t, want.Seconds, p.Duration.Seconds(), 0.1)
			require.Equal(t, []int{want.Width, want.Height}, []int{p.Width, p.Height})
			require.Equal(t, want.Sound, p.Sound)
			if wantsFrame {
				img := thumbnailOf(t, p.Thumbnail)
				require.Equal(t, image.Pt(p.ThumbnailWidth, p.ThumbnailHeight), img.Bounds().Size())
				require.Equal(t, p.Height > p.Width, p.ThumbnailHeight > p.ThumbnailWidth, "upright")
				return
			}
			require.Len(t, p.Waveform, 64)
			for i, value := range p.Waveform {
				require.InDelta(t, want.Waveform[i], value, 4)
			}
		})
	}
}

func TestFFmpegIsBounded(t *testing.T) {
	video := read(t, "movie.mp4")
	ask := func(ctx context.Context, script string) error {
		p, err := preview.New(preview.WithFFmpeg(fakeFFmpeg(t, script)), preview.WithTimeout(5*time.Second)).
			Preview(ctx, bytes.NewReader(video), int64(len(video)), "")
		require.NotNil(t, p)
		require.Equal(t, 128, p.Width, "what was found without ffmpeg stays")
		return err
	}
	t.Run("output", func(t *testing.T) {
		require.ErrorContains(t, ask(t.Context(), "exec cat /dev/zero"), "too much output")
	})
	t.Run("messages", func(t *testing.T) {
		err := ask(t.Context(), "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 3")
		require.ErrorContains(t, err, "exit status 3: xxx")
		require.Less(t, len(err.Error()), 1000)
	})
	t.Run("time", func(t *testing.T) {
		gone := errors.New("the user went away")
		ctx, cancel := context.WithCancelCause(t.Context())
		fifo := filepath.Join(t.TempDir(), "started")
		go func() {
			for {
				if _, err := os.Stat(fifo); err == nil {
					cancel(gone)
					return
				}
				select {
				case <-t.Context().Done():
					return
				case <-time.After(time.Millisecond):
				}
			}
		}()
		start := time.Now()
		require.ErrorIs(t, ask(ctx, "touch "+fifo+"; sleep 60 & exec sleep 60"), gone)
		require.Less(t, time.Since(start), 4*time.Second)
	})
	t.Run("a program that is missing", func(t *testing.T) {
		_, err := preview.New(preview.WithFFmpeg("/nowhere/ffmpeg")).Preview(t.Context(), bytes.NewReader(video), int64(len(video)), "")
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

func TestFFmpegReadsAFileInPlaceAndCopiesOtherSources(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	path := fakeFFmpeg(t, `for a; do case $a in file:*) echo "opens $a" >&2;; esac; done; echo "copies:" $(ls "$TMPDIR") >&2; exit 1`)
	file, err := os.Open("testdata/movie.mp4")
	require.NoError(t, err)
	defer file.Close()
	info, err := file.Stat()
	require.NoError(t, err)
	p := preview.New(preview.WithFFmpeg(path))

	_, err = p.Preview(t.Context(), file, info.Size(), "")
	require.ErrorContains(t, err, "opens file:testdata/movie.mp4\ncopies:")
	require.NotContains(t, err.Error(), "wamediax-preview-")

	_, err = p.Preview(t.Context(), bytes.NewReader(read(t, "movie.mp4")), info.Size(), "")
	require.ErrorContains(t, err, "opens file:"+temporary+"/wamediax-preview-")
	require.ErrorContains(t, err, "copies: wamediax-preview-")
	left, err := os.ReadDir(temporary)
	require.NoError(t, err)
	require.Empty(t, left, "the copy is removed")

	_, err = p.Preview(t.Context(), gibibyte(t, true), 1<<30, "")
	require.ErrorContains(t, err, "limit is 268435456")
}
