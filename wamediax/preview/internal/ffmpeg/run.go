package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// formats are those that hold media themselves. Playlists and other formats that
// name further files are excluded.
const formats = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,asf,mpeg,mpegts,mpegvideo,ogg,mp3,aac,amr,wav,flac,aiff,caf," +
	"ac3,eac3,gif,png_pipe,jpeg_pipe,webp_pipe"

// inputArgs let ffmpeg open only the input file itself. The prefix "file:" keeps
// its name from being parsed as a URL.
func (in *Input) args() []string {
	return []string{"-protocol_whitelist", "file", "-format_whitelist", formats, "-i", "file:" + in.path}
}

// Run runs ffmpeg and writes its output to out. It kills the program if there
// are more than maxOutput bytes, if out fails, or when ctx ends.
func (in *Input) Run(ctx context.Context, path string, before, after []string, maxOutput int64, out io.Writer) error {
	args := append([]string{"-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1",
		"-max_alloc", fmt.Sprint(maxAlloc), "-max_pixels", fmt.Sprint(maxPixels)}, before...)
	args = append(append(args, in.args()...), after...)
	return run(ctx, path, append(args, "pipe:1"), maxOutput, out)
}

// Probe runs the ffprobe in path's directory.
func (in *Input) Probe(ctx context.Context, path string, args []string, maxOutput int64, out io.Writer) error {
	probe := filepath.Join(filepath.Dir(path), strings.Replace(filepath.Base(path), "ffmpeg", "ffprobe", 1))
	args = append([]string{"-hide_banner", "-loglevel", "error", "-max_alloc", fmt.Sprint(maxAlloc)}, args...)
	return run(ctx, probe, append(args, in.args()...), maxOutput, out)
}

const (
	maxAlloc  = 256 << 20 // bytes of one allocation
	maxPixels = 64 << 20
)

var errOutput = errors.New("too much output")

func run(ctx context.Context, path string, args []string, maxOutput int64, out io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := exec.CommandContext(ctx, path, args...)
	limited := &limitedWriter{out: out, left: maxOutput, stop: cancel}
	messages := &head{}
	cmd.Stdout, cmd.Stderr = limited, messages
	cmd.WaitDelay = time.Second // a child of the program can keep its pipes open
	err := cmd.Start()
	if err == nil {
		if err := limit(cmd.Process.Pid); err != nil {
			cancel(err)
		}
		err = cmd.Wait()
	}
	name := filepath.Base(path)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("failed to run %s: %w", name, context.Cause(ctx))
	case err != nil:
		return fmt.Errorf("failed to run %s: %w: %s", name, err, bytes.TrimSpace(messages.data))
	}
	return nil
}

// limitedWriter fails, and so ends the program, if the output is too long.
type limitedWriter struct {
	out  io.Writer
	left int64
	stop context.CancelCauseFunc
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		w.stop(errOutput)
		return 0, errOutput
	}
	n, err := w.out.Write(p)
	if err != nil {
		w.stop(err)
	}
	return n, err
}

// head keeps the first bytes that are written to it.
type head struct{ data []byte }

func (h *head) Write(p []byte) (int, error) {
	const most = 512
	h.data = append(h.data, p[:min(len(p), most-len(h.data))]...)
	return len(p), nil
}
