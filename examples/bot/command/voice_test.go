package command

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// wav returns two seconds of a tone that becomes louder.
func wav(t *testing.T) []byte {
	const rate, seconds = 16000, 2
	samples := make([]int16, rate*seconds)
	for i := range samples {
		samples[i] = int16(30000 * float64(i) / float64(len(samples)) * math.Sin(2*math.Pi*440*float64(i)/rate))
	}
	var out bytes.Buffer
	out.WriteString("RIFF")
	require.NoError(t, binary.Write(&out, binary.LittleEndian, uint32(36+2*len(samples))))
	out.WriteString("WAVEfmt ")
	require.NoError(t, binary.Write(&out, binary.LittleEndian, []uint32{16, 1 | 1<<16, rate, 2 * rate, 2 | 16<<16}))
	out.WriteString("data")
	require.NoError(t, binary.Write(&out, binary.LittleEndian, uint32(2*len(samples))))
	require.NoError(t, binary.Write(&out, binary.LittleEndian, samples))
	return out.Bytes()
}

func TestWAVIsSentAsAVoiceMessage(t *testing.T) {
	s := newStage(t)
	s.start()
	s.write("speech/hello.wav", wav(t))
	msg, data := s.ann.media("!voice speech/hello.wav")
	audio := msg.GetAudioMessage()
	require.True(t, audio.GetPTT())
	require.Equal(t, "audio/ogg; codecs=opus", audio.GetMimetype())
	require.EqualValues(t, 2, audio.GetSeconds())
	require.Len(t, audio.GetWaveform(), 64)
	require.Greater(t, audio.GetWaveform()[60], audio.GetWaveform()[3], "it becomes louder")
	require.NotEmpty(t, audio.GetContextInfo().GetStanzaID(), "it is a reply")
	require.True(t, bytes.HasPrefix(data, []byte("OggS")))
	require.Less(t, len(data), 32000, "it is compressed")

	s.write("notes.txt", []byte("these are words, not sound"))
	silent := wav(t)[:44]
	binary.LittleEndian.PutUint32(silent[40:], 0)
	s.write("silent.wav", silent)
	for command, want := range map[string]string{
		"!voice":            "Which file? Send !voice FILE.wav.",
		"!voice notes.txt":  "It is not a WAV or MP3 file with sound that can be read.",
		"!voice silent.wav": "There is no sound in it.",
		"!voice ../a.wav":   "Only files in the bot's media folder can be used.",
		"!voice none.wav":   "There is no none.wav.",
	} {
		require.Equal(t, want, s.ann.asks(command), command)
	}
}
