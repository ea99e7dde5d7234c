package voice

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

var (
	// ErrFormat is in the error for a source that is neither a WAV nor an MP3 that this package decodes, and for
	// impossible [WithPCM] settings.
	ErrFormat = errors.New("unsupported sound format")
	// ErrEmpty is in the error for a source without a single sample.
	ErrEmpty = errors.New("sound is empty")
)

// What a source may claim. Anything else is a broken header rather than a sound.
const (
	minRate, maxRate = 2000, 192_000 // Hz
	maxChannels      = 32
)

// sound is decoded sound, mixed down to one channel.
type sound interface {
	// rate returns samples per second, from minRate to maxRate.
	rate() int
	// read puts up to len(dst) samples in dst, from -1 to 1. At the end it returns 0 and io.EOF; any error comes
	// with 0 samples.
	read(dst []float32) (int, error)
}

// openSound finds out what src is, and reads its header.
func openSound(src io.Reader, raw *layout) (sound, error) {
	in := &offsetReader{Reader: bufio.NewReaderSize(src, 16<<10)}
	if raw != nil {
		if err := raw.check(); err != nil {
			return nil, err
		}
		return newPCM(in, *raw, untilEOF), nil
	}
	head, err := in.Peek(12)
	switch {
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("failed to read sound: %w", err)
	case len(head) == 0:
		return nil, ErrEmpty
	case len(head) == 12 && (string(head[:4]) == "RIFF" || string(head[:4]) == "RF64") && string(head[8:]) == "WAVE":
		return openWAV(in)
	case isMP3(head):
		return openMP3(in)
	}
	return nil, fmt.Errorf("%w: %s", ErrFormat, describe(head))
}

// describe says what the source is that begins with head, and what to do about it.
func describe(head []byte) string {
	has := func(magic string, at int) bool {
		return len(head) >= at+len(magic) && string(head[at:at+len(magic)]) == magic
	}
	switch {
	case has("OggS", 0):
		return "source is Ogg already: mono Opus can be sent as it is"
	case has("fLaC", 0):
		return "source is FLAC: decode it to WAV first"
	case has("ftyp", 4):
		return "source is MP4 or M4A: decode it to WAV first"
	case has("RIFX", 0):
		return "source is a big-endian WAV (RIFX): convert it to RIFF first"
	case len(head) < 12:
		return fmt.Sprintf("source is only %d bytes long", len(head))
	default:
		return fmt.Sprintf("source begins with % x, neither WAV nor MP3: WithPCM reads raw samples", head[:4])
	}
}

// offsetReader counts the bytes it reads, so that errors can say where.
type offsetReader struct {
	*bufio.Reader
	offset int64
	err    error // of the source, unless it was io.EOF
}

func (r *offsetReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.offset += int64(n)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// Peek returns the next n bytes without reading them, or fewer at the end.
func (r *offsetReader) Peek(n int) ([]byte, error) {
	head, err := r.Reader.Peek(n)
	if err != nil && err != io.EOF {
		r.err = err // bufio.Reader returns it only once
	}
	return head, err
}

// skip discards n bytes.
func (r *offsetReader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, readerOnly{r}, n)
	return err
}

// readerOnly hides the other methods of a Reader: bufio's WriteTo would bypass the count, and a Seeker would be used.
type readerOnly struct{ io.Reader }
