package voice

import (
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/mp3"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/wav"
)

var (
	// ErrFormat is returned, wrapped, for a source that is not a WAV or MP3 that this package
	// decodes, and for invalid [WithPCM] settings.
	ErrFormat = pcm.ErrFormat
	// ErrEmpty is returned, wrapped, for a source without samples.
	ErrEmpty = errors.New("sound is empty")
)

// openSound detects the format of src and reads its header.
func openSound(src io.Reader, raw *pcm.Layout) (pcm.Sound, error) {
	in := bounded.NewStream(src)
	if raw != nil {
		if err := raw.Check(); err != nil {
			return nil, err
		}
		return pcm.NewReader(in, *raw, pcm.UntilEOF), nil
	}
	head, err := in.Peek(12)
	switch {
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("failed to read sound: %w", err)
	case len(head) == 0:
		return nil, ErrEmpty
	case wav.Is(head):
		return openWAV(in)
	case mp3.Is(head):
		return mp3.Open(in)
	}
	return nil, fmt.Errorf("%w: %s", ErrFormat, describe(head))
}

func openWAV(in *bounded.Stream) (pcm.Sound, error) {
	header, err := wav.ReadHeader(in)
	if err != nil {
		return nil, err
	}
	layout, err := header.Layout()
	if err != nil {
		return nil, err
	}
	return pcm.NewReader(in, layout, header.Size), nil
}

// describe names the format of a source that begins with head, and what to do about it.
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
