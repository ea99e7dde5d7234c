// Package waveform computes the 64 bars that WhatsApp draws for a voice
// message, on WhatsApp Web's scale: 0 is a loudness of -60 dB or less, 100 is
// -10 dB or more.
package waveform

import "math"

// Values is the number of values in a waveform.
const Values = 64

const (
	quietest, loudest = -60, -10 // dB relative to full scale, drawn as 0 and as 100

	blocksPerSecond = 50   // loudness is measured over 20 ms
	blocksPerSlot   = 5    // a slot is 100 ms and has the loudness of its loudest block
	maxSlots        = 4096 // longer sounds get wider slots
)

// A Meter measures a sound of any length, one sample at a time, in constant memory (16 KiB). It
// stores the level of every 100 ms. From 6 minutes and 49 seconds on it averages neighbours, as
// [Meter.Waveform] does anyway to get 64 values.
type Meter struct {
	blockSize int

	energy float64 // sum of the squares of the block's samples
	filled int     // samples in the block so far

	slot   float32 // loudest block of the slot so far
	blocks int     // blocks in the slot so far

	sum    float64 // of the slots in the next entry of levels
	summed int
	width  int // slots per entry of levels: 1, 2, 4, …
	levels []float32
}

// NewMeter returns a Meter for mono sound with sampleRate samples per second.
func NewMeter(sampleRate int) *Meter {
	return &Meter{blockSize: max(sampleRate/blocksPerSecond, 1), width: 1}
}

// Add measures one sample; full scale is -1 to 1. NaN counts as silence.
func (m *Meter) Add(sample float32) {
	if s := float64(sample); s == s {
		m.energy += s * s
	}
	if m.filled++; m.filled == m.blockSize {
		m.endBlock()
	}
}

func (m *Meter) endBlock() {
	m.slot = max(m.slot, level(m.energy/float64(m.filled)))
	m.energy, m.filled = 0, 0
	if m.blocks++; m.blocks == blocksPerSlot {
		m.endSlot()
	}
}

func (m *Meter) endSlot() {
	m.sum += float64(m.slot)
	m.slot, m.blocks = 0, 0
	if m.summed++; m.summed == m.width {
		m.endEntry()
	}
}

func (m *Meter) endEntry() {
	if len(m.levels) == maxSlots {
		for i := range maxSlots / 2 {
			m.levels[i] = (m.levels[2*i] + m.levels[2*i+1]) / 2
		}
		m.levels = m.levels[:maxSlots/2]
		m.width *= 2
		return // the current entry is now the first half of a wider one
	}
	m.levels = append(m.levels, float32(m.sum/float64(m.summed)))
	m.sum, m.summed = 0, 0
}

// Waveform returns the 64 values of the sound so far, each from 0 to 100, or nil if there has been
// no sample. Call it once, after the last sample.
func (m *Meter) Waveform() []byte {
	if m.filled > 0 {
		m.endBlock()
	}
	if m.blocks > 0 {
		m.endSlot()
	}
	if m.summed > 0 {
		m.endEntry()
		if m.summed > 0 { // endEntry merged the levels instead of adding the entry
			m.levels = append(m.levels, float32(m.sum/float64(m.summed)))
		}
	}
	if len(m.levels) == 0 {
		return nil
	}
	wave := make([]byte, Values)
	for i, level := range scale(m.levels) {
		wave[i] = byte(100 * level)
	}
	return wave
}

// level converts the mean of squared samples to WhatsApp's scale, 0 to 1.
func level(meanSquare float64) float32 {
	db := 10 * math.Log10(meanSquare)
	return float32(min(max((db-quietest)/(loudest-quietest), 0), 1))
}

// scale resamples levels to Values: it averages if there are more, and interpolates linearly if
// there are fewer.
func scale(levels []float32) (scaled [Values]float32) {
	n := len(levels)
	for i := range scaled {
		if n < Values {
			at, rest := i*(n-1)/(Values-1), i*(n-1)%(Values-1)
			next := levels[min(at+1, n-1)]
			scaled[i] = levels[at] + (next-levels[at])*float32(rest)/(Values-1)
			continue
		}
		// In units of 1/Values of a slot, value i is the average from i*n to (i+1)*n.
		var sum float64
		for from, end := i*n, (i+1)*n; from < end; {
			slot := from / Values
			to := min((slot+1)*Values, end)
			sum += float64(levels[slot]) * float64(to-from)
			from = to
		}
		scaled[i] = float32(sum / float64(n))
	}
	return scaled
}
