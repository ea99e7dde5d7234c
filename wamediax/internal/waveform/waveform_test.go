package waveform_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/waveform"
)

const rate = 8000

// square adds seconds of a square wave whose loudness is db below full scale.
func square(m *waveform.Meter, seconds, db float64) {
	amplitude := float32(math.Pow(10, db/20))
	for i := range int(seconds * rate) {
		if i%2 == 0 {
			m.Add(amplitude)
		} else {
			m.Add(-amplitude)
		}
	}
}

func TestWaveformIsOnWhatsAppsScale(t *testing.T) {
	for name, test := range map[string]struct {
		db   float64
		want byte
	}{
		"silence is 0":                        {math.Inf(-1), 0},
		"-70 dB is 0":                         {-70, 0},
		"just over -60 dB is still 0":         {-59.9, 0},
		"-59 dB is 2, rounded down":           {-58.99, 2},
		"halfway is 50":                       {-34.99, 50},
		"-10 dB is 100":                       {-9.99, 100},
		"full scale is 100":                   {0, 100},
		"sound over full scale is 100":        {12, 100},
		"infinite samples are as loud as any": {math.Inf(1), 100},
	} {
		t.Run(name, func(t *testing.T) {
			m := waveform.NewMeter(rate)
			square(m, 10, test.db)
			require.Equal(t, bytes.Repeat([]byte{test.want}, 64), m.Waveform())
		})
	}
}

func TestSineIsMeasuredByItsRMS(t *testing.T) {
	m := waveform.NewMeter(rate)
	for i := range rate {
		m.Add(float32(math.Sin(2*math.Pi*400*float64(i)/rate)) * 0.1) // -20 dB at its peaks, -23.01 dB on average
	}
	require.Equal(t, bytes.Repeat([]byte{73}, 64), m.Waveform())
}

func TestScaling(t *testing.T) {
	for name, test := range map[string]struct {
		slots []float64 // loudness of each 100 ms in dB
		want  func(i int) byte
	}{
		"one slot fills all values":         {[]float64{-34.99}, func(int) byte { return 50 }},
		"two slots are the ends of a slope": {[]float64{-60, -10}, func(i int) byte { return byte(100 * i / 63) }},
		"64 slots are 64 values": {alternating(64), func(i int) byte {
			return byte(i % 2 * 100)
		}},
		"two slots a value are averaged":                 {alternating(128), func(int) byte { return 50 }},
		"slots that straddle two values count by shares": {repeat(96, -60, -60, -10), func(i int) byte { return byte(i % 2 * 66) }},
	} {
		t.Run(name, func(t *testing.T) {
			m := waveform.NewMeter(rate)
			for _, db := range test.slots {
				square(m, 0.1, db)
			}
			got := m.Waveform()
			require.Len(t, got, 64)
			for i, value := range got {
				require.InDelta(t, test.want(i), value, 1, "value %d of %v", i, got)
			}
		})
	}
}

func alternating(slots int) []float64 { return repeat(slots, -60, -10) }

func repeat(slots int, of ...float64) []float64 {
	db := make([]float64, slots)
	for i := range db {
		db[i] = of[i%len(of)]
	}
	return db
}

func TestASlotIsAsLoudAsItsLoudest20ms(t *testing.T) {
	m := waveform.NewMeter(rate)
	for range 64 {
		square(m, 0.08, -80)
		square(m, 0.02, -34.99)
	}
	require.Equal(t, bytes.Repeat([]byte{50}, 64), m.Waveform())
}

func TestTheLastSamplesCount(t *testing.T) {
	m := waveform.NewMeter(rate)
	square(m, 6.3, -60)
	square(m, 0.005, -9.9)
	want := make([]byte, 64)
	want[63] = 100
	require.Equal(t, want, m.Waveform())
}

func TestNaNIsSilence(t *testing.T) {
	m := waveform.NewMeter(rate)
	m.Add(float32(math.NaN()))
	require.Equal(t, make([]byte, 64), m.Waveform())
}

func TestNoSamplesHaveNoWaveform(t *testing.T) {
	require.Nil(t, waveform.NewMeter(rate).Waveform())
	require.Nil(t, waveform.NewMeter(0).Waveform())
}

// TestLongSounds has lengths around those at which a Meter widens its slots. A sound of any length
// with only its second half loud has 32 silent values and 32 loud ones.
func TestLongSounds(t *testing.T) {
	for _, slots := range []int{4094, 4096, 4098, 8190, 8192, 8194, 100_000} {
		const rate = 50 // one sample per block, to be quick
		m := waveform.NewMeter(rate)
		for i := range 5 * slots {
			sample := float32(0)
			if i >= 5*slots/2 {
				sample = 1
			}
			m.Add(sample)
		}
		got := m.Waveform()
		require.Equal(t, make([]byte, 31), got[:31], "%d slots", slots)
		require.Equal(t, bytes.Repeat([]byte{100}, 31), got[33:], "%d slots", slots)
	}
}

func TestMemoryIsConstant(t *testing.T) {
	m := waveform.NewMeter(50)
	for range 5 * 5000 {
		m.Add(0.5)
	}
	require.Zero(t, testing.AllocsPerRun(10, func() {
		for range 5 * 10_000 {
			m.Add(0.5)
		}
	}))
}

func FuzzMeter(f *testing.F) {
	f.Add(8000, []byte{0, 1, 2, 255})
	f.Add(1, bytes.Repeat([]byte{0, 255}, 30_000))
	f.Fuzz(func(t *testing.T, rate int, sound []byte) {
		m := waveform.NewMeter(rate)
		for _, b := range sound {
			m.Add(float32(int8(b)) / 64)
		}
		wave := m.Waveform()
		if len(sound) == 0 {
			require.Nil(t, wave)
			return
		}
		require.Len(t, wave, 64)
		for _, value := range wave {
			require.LessOrEqual(t, value, byte(100))
		}
	})
}
