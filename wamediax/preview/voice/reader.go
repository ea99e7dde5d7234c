package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/thesyncim/gopus"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/waveform"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/ogg"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

const (
	framesPerSecond = 50   // Opus frames of 20 ms, as phones record them; best for speech
	maxPacket       = 1275 // bytes of an Opus frame
)

// Reader encodes sound while it is read. Its bytes are those that [Encode] writes. Use [NewReader].
type Reader struct {
	ctx      context.Context // of Encode
	src      io.Reader
	settings *settings

	sound   *measured // the source at its own rate
	input   pcm.Sound // the same at the encoder's
	encoder *gopus.Encoder
	preSkip uint64 // in units of 1/48000 s, like granule
	granule uint64 // end of the last packet
	frame   []float32
	packet  []byte

	ogg  *ogg.Writer
	sent int // bytes of ogg.Out already returned
	size int64

	voice Voice
	err   error // final; io.EOF at the end
}

// NewReader returns a Reader that encodes src as a voice message while it is read, so that an
// upload can begin before src ends:
//
//	r := voice.NewReader(speech, voice.WithPCM(voice.Int16, 24000, 1))
//	up, err := client.UploadLive(ctx, r, whatsmeow.MediaAudio)
//
// Once Read has returned [io.EOF], [Reader.Voice] returns the duration and the waveform. src and
// the errors are as for [Encode]. A Reader needs no Close.
func NewReader(src io.Reader, opts ...Option) *Reader {
	r := &Reader{src: src, ctx: context.Background()}
	r.settings, r.err = settingsOf(opts)
	if source.IsNil(src) && r.err == nil {
		r.err = errors.New("failed to encode voice: source is nil")
	}
	return r
}

// Voice returns the duration, waveform and size for the message. It is the zero Voice until Read
// has returned io.EOF.
func (r *Reader) Voice() Voice { return r.voice }

// Preview returns [Reader.Voice] in the form that uploads of package wamediax use. The message of
// an upload of r is therefore a voice message with duration and waveform.
func (r *Reader) Preview() *wamediax.Preview {
	return &wamediax.Preview{
		Mimetype: Mimetype, Duration: r.voice.Duration, Waveform: r.voice.Waveform,
		Voice: r.voice.Size > 0, Sound: r.voice.Size > 0, Codecs: []string{"opus"},
	}
}

// Read reads the next bytes of the Ogg file. It reads up to one second of sound from the source at
// a time.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.ogg.Out[r.sent:])
	r.sent += n
	return n, nil
}

// WriteTo writes the rest of the Ogg file to dst, page by page.
func (r *Reader) WriteTo(dst io.Writer) (written int64, err error) {
	for {
		if err := r.fill(); err == io.EOF {
			return written, nil
		} else if err != nil {
			return written, err
		}
		page := r.ogg.Out[r.sent:]
		n, err := dst.Write(page)
		if err == nil && n < len(page) {
			err = io.ErrShortWrite
		}
		written += int64(max(n, 0))
		r.sent += max(n, 0)
		if err != nil {
			return written, fmt.Errorf("failed to write voice at byte %d: %w", written, err)
		}
	}
}

// fill encodes until a page is ready or encoding has ended.
func (r *Reader) fill() error {
	for r.ogg == nil || r.sent == len(r.ogg.Out) {
		if r.err != nil {
			return r.err
		}
		if r.ogg != nil {
			r.ogg.Out, r.sent = r.ogg.Out[:0], 0
		}
		if r.err = r.step(); r.err != nil && r.err != io.EOF {
			r.err = fmt.Errorf("failed to encode voice: %w", r.err)
			return r.err
		}
	}
	return nil
}

// step encodes one frame. It returns io.EOF after the last one.
func (r *Reader) step() error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	if r.sound == nil {
		if err := r.open(); err != nil {
			return err
		}
	}
	filled, err := readFull(r.input, r.frame)
	if err != nil && err != io.EOF {
		return err
	}
	if r.sound.samples == 0 {
		return ErrEmpty
	}
	if r.ogg == nil {
		r.ogg = newOgg(int(r.preSkip), r.sound.Rate())
	}
	clear(r.frame[filled:])
	end := r.preSkip + r.sound.duration48k()
	if err == nil || r.granule < end {
		n, encodeErr := r.encoder.Encode(r.frame, r.packet)
		if encodeErr != nil {
			return encodeErr
		}
		r.granule += granuleRate / framesPerSecond
		r.ogg.Add(r.packet[:n], r.granule)
	}
	if err == io.EOF && r.granule >= end {
		r.ogg.Close(end)
		r.size += int64(len(r.ogg.Out))
		r.voice = Voice{Duration: r.sound.duration(), Waveform: r.sound.meter.Waveform(), Size: r.size}
		return io.EOF
	}
	r.size += int64(len(r.ogg.Out))
	return nil
}

// open reads the source's header and prepares an encoder for it.
func (r *Reader) open() error {
	src, err := openSound(r.src, r.settings.raw)
	if err != nil {
		return err
	}
	r.sound = &measured{Sound: src, meter: waveform.NewMeter(src.Rate())}
	rate := opusRate(src.Rate())
	r.input = resampled(r.sound, rate)
	r.encoder, err = gopus.NewEncoder(gopus.EncoderConfig{SampleRate: rate, Channels: 1, Application: gopus.ApplicationAudio})
	if err != nil {
		return err
	}
	if err := r.encoder.SetBitrate(r.settings.bitrate); err != nil {
		return err
	}
	if err := r.encoder.SetSignal(gopus.SignalVoice); err != nil {
		return err
	}
	r.preSkip = uint64(r.encoder.Lookahead() * granuleRate / rate)
	r.frame = make([]float32, rate/framesPerSecond)
	r.packet = make([]byte, maxPacket)
	return nil
}

// opusRate returns the lowest of Opus's sample rates that loses nothing of a sound at the given
// rate.
func opusRate(rate int) int {
	for _, native := range []int{8000, 12_000, 16_000, 24_000} {
		if rate <= native {
			return native
		}
	}
	return 48_000
}

// readFull reads until dst is full or s ends.
func readFull(s pcm.Sound, dst []float32) (filled int, err error) {
	for filled < len(dst) && err == nil {
		var n int
		n, err = s.Read(dst[filled:])
		filled += n
	}
	return filled, err
}

// measured measures the length and loudness of a sound as it is read.
type measured struct {
	pcm.Sound
	meter   *waveform.Meter
	samples int64
}

func (m *measured) Read(dst []float32) (int, error) {
	n, err := m.Sound.Read(dst)
	for _, sample := range dst[:n] {
		m.meter.Add(sample)
	}
	m.samples += int64(n)
	return n, err
}

// duration is rounded to the nearest nanosecond.
func (m *measured) duration() time.Duration {
	rate := int64(m.Rate())
	return time.Duration(m.samples/rate)*time.Second + time.Duration((m.samples%rate*int64(time.Second)+rate/2)/rate)
}

// duration48k is in units of 1/48000 s, and at least 1.
func (m *measured) duration48k() uint64 {
	rate := int64(m.Rate())
	return uint64(max((m.samples*granuleRate+rate/2)/rate, 1))
}
