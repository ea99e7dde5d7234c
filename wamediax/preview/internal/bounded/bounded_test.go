package bounded

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReaderReadsNoMoreThanItsBudget(t *testing.T) {
	r := NewReader(t.Context(), strings.NewReader("0123456789"), 10, 6)
	p := make([]byte, 4)
	n, err := r.ReadAt(p, 3)
	require.NoError(t, err)
	require.Equal(t, "3456", string(p[:n]))
	_, err = r.ReadAt(p, 0)
	require.ErrorIs(t, err, ErrTooMuch)
	_, err = r.Range(0, 3)
	require.ErrorIs(t, err, ErrTooMuch)
	data, err := r.Range(8, 50)
	require.NoError(t, err)
	require.Equal(t, "89", string(data), "what is beyond the file is not counted")
	require.EqualValues(t, 6, r.Spent())
}

func TestRangeOutsideTheFileIsEmpty(t *testing.T) {
	r := NewReader(t.Context(), strings.NewReader("0123456789"), 10, 100)
	for _, off := range []int64{-1, 10, math.MaxInt64, math.MinInt64} {
		data, err := r.Range(off, 5)
		require.NoError(t, err)
		require.Empty(t, data)
	}
}

func TestAFileShorterThanItsSizeIsAnError(t *testing.T) {
	r := NewReader(t.Context(), strings.NewReader("0123456789"), 20, 100)
	_, err := r.Range(5, 10)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestReaderEndsWithItsContext(t *testing.T) {
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := NewReader(ctx, strings.NewReader("0123456789"), 10, 100)
	s := NewSeeker(r, 10)
	_, err := s.Read(make([]byte, 2))
	require.NoError(t, err)
	cancel(gone)
	_, err = r.ReadAt(make([]byte, 2), 0)
	require.ErrorIs(t, err, gone)
	_, err = s.Read(make([]byte, 2))
	require.ErrorIs(t, err, gone, "also where it has the bytes already")
}

func TestSectionAndSeekerReadAsTheStandardLibraryDoes(t *testing.T) {
	data := make([]byte, 10_000)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	r := NewReader(t.Context(), bytes.NewReader(data), int64(len(data)), 1<<30)
	require.NoError(t, iotest.TestReader(r.Section(0), data))
	got, err := io.ReadAll(NewSeeker(r, 64))
	require.NoError(t, err)
	require.Equal(t, data, got)
}

func TestSeekerReadsAFileInBlocks(t *testing.T) {
	r := NewReader(t.Context(), bytes.NewReader(make([]byte, 10_000)), 10_000, 1<<30)
	s := NewSeeker(r, 1000)
	for range 100 {
		_, err := io.ReadFull(s, make([]byte, 8))
		require.NoError(t, err)
	}
	require.EqualValues(t, 1000, r.Spent())
	at, err := s.Seek(-8, io.SeekEnd)
	require.NoError(t, err)
	require.EqualValues(t, 9992, at)
	_, err = io.ReadFull(s, make([]byte, 8))
	require.NoError(t, err)
	require.EqualValues(t, 1008, r.Spent())
}

func TestSeekerStaysInTheFile(t *testing.T) {
	s := NewSeeker(NewReader(t.Context(), strings.NewReader("0123456789"), 10, 100), 4)
	for _, offset := range []int64{-1, 11, math.MinInt64} {
		_, err := s.Seek(offset, io.SeekStart)
		require.ErrorContains(t, err, "outside the file")
	}
	_, err := s.Seek(10, io.SeekStart)
	require.NoError(t, err)
	_, err = s.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
}

func TestDuration(t *testing.T) {
	for name, test := range map[string]struct {
		units     uint64
		perSecond uint32
		want      time.Duration
	}{
		"nothing":               {0, 48000, 0},
		"a second":              {48000, 48000, time.Second},
		"rounded down":          {1, 3, 333_333_333},
		"no rate":               {100, 0, 0},
		"a day of nanoseconds":  {86400 * math.MaxUint32, math.MaxUint32, 24 * time.Hour},
		"a year and more":       {366 * 86400, 1, 0},
		"all that 64 bits hold": {math.MaxUint64, 1, 0},
	} {
		require.Equal(t, test.want, Duration(test.units, test.perSecond), name)
	}
}
