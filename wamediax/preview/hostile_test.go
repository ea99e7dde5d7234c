package preview_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// peak returns the most bytes of heap that f uses, garbage included.
func peak(f func()) int64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for {
			runtime.ReadMemStats(&now)
			most = max(most, int64(now.HeapAlloc)-int64(before.HeapAlloc))
			select {
			case <-done:
				result <- most
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	return <-result
}

func pngHeader(w, h uint32) []byte {
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	chunk = append(binary.BigEndian.AppendUint32(chunk, h), 8, 6, 0, 0, 0)
	data := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(chunk))
}

func box(kind string, body []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

// nested returns boxes in boxes.
func nested(depth int, outer, inner string) []byte {
	data := append(binary.BigEndian.AppendUint32(nil, uint32(8*depth)), outer...)
	for left := depth - 1; left > 0; left-- {
		data = append(binary.BigEndian.AppendUint32(data, uint32(8*left)), inner...)
	}
	return data
}

func oggPage(flags byte, granule int64, serial, number uint32, segments, body []byte) []byte {
	p := append([]byte("OggS\x00"), flags)
	p = binary.LittleEndian.AppendUint64(p, uint64(granule))
	p = binary.LittleEndian.AppendUint32(p, serial)
	p = binary.LittleEndian.AppendUint32(p, number)
	p = append(p, 0, 0, 0, 0, byte(len(segments)))
	p = append(append(p, segments...), body...)
	var crc uint32
	for _, b := range p { // bit by bit, unlike the code that is tested
		crc ^= uint32(b) << 24
		for range 8 {
			if crc&(1<<31) != 0 {
				crc = crc<<1 ^ 0x04c11db7
			} else {
				crc <<= 1
			}
		}
	}
	binary.LittleEndian.PutUint32(p[22:], crc)
	return p
}

var opusHead = []byte("OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00")

// onePages returns an Ogg file whose pages have one byte each, a packet of 2.5 ms. The last page
// claims a longer duration.
func onePages(n int) []byte {
	data := oggPage(2, 0, 7, 0, []byte{19}, opusHead)
	data = append(data, oggPage(0, 0, 7, 1, []byte{8}, []byte("OpusTags"))...)
	page := oggPage(0, 960, 7, 2, []byte{1}, []byte{0x80})
	data = append(data, bytes.Repeat(page, n)...)
	return append(data, oggPage(4, 48000*1500, 7, 3, []byte{1}, []byte{0x80})...)
}

// pdfOf returns a PDF with one object and an index.
func pdfOf(object string) []byte {
	data := "%PDF-1.4\n1 0 obj\n" + object + "\nendobj\n"
	return fmt.Appendf([]byte(data), "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"+
		"trailer\n<</Size 2/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(data))
}

func deflated(data []byte) string {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(data)
	w.Close()
	return out.String()
}

func TestHostileFilesAreErrorsWithinTheirLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("makes large files, and measures memory and time")
	}
	bmp := append([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x00\x80\x00\x00\x00\x80\x00\x00\x01\x00\x18\x00"),
		make([]byte, 64)...)
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x11\x01\x04\x00\xff\xff\xff\x0f\x00\x00\x00\x00\x00\x00\x00\x00")
	ftyp := box("ftyp", []byte("isom\x00\x00\x00\x00isom"))
	huge := append(bytes.Clone(ftyp), "\x00\x00\x00\x01moov\x80\x00\x00\x00\x00\x00\x00\x00"...)
	insideHuge := append(bytes.Clone(ftyp), box("moov", []byte("\x00\x00\x00\x01trak\x80\x00\x00\x00\x00\x00\x00\x00"))...)
	endless := append(bytes.Clone(ftyp), "\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x00"...)
	sequence := strings.Repeat("\x00\x00\x00\x08free", 200_000)
	stream := "<</Type/XRef/Size 1000000000/W[1 4 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
	bomb := deflated(make([]byte, 200<<20))
	longPacket := oggPage(2, 0, 7, 0, []byte{19}, opusHead)
	longPacket = append(longPacket, oggPage(0, 0, 7, 1, []byte{8}, []byte("OpusTags"))...)
	for i := range uint32(40) {
		longPacket = append(longPacket, oggPage(1&byte(i), -1, 7, 2+i, bytes.Repeat([]byte{255}, 255), make([]byte, 255*255))...)
	}
	trun := box("moof", box("traf", append(box("tfhd", []byte("\x00\x00\x00\x00\x00\x00\x00\x01")),
		box("trun", []byte("\x00\x00\x00\x00\xff\xff\xff\xff"))...)))
	billions := bytes.Join([][]byte{ftyp, box("moov", box("mvex", nil)), trun}, nil)
	for name, test := range map[string]struct {
		data []byte
		want string // "": any error, or none
	}{
		"a PNG of 10⁹ pixels":              {append(pngHeader(1<<15, 1<<15), make([]byte, 100)...), "too large"},
		"a BMP of 10⁹ pixels":              {bmp, "too large"},
		"a TIFF with 268 million offsets":  {tiff, "268435455 values"},
		"an MP4 box of 2⁶³ bytes":          {huge, "claims 9223372036854775808 bytes"},
		"a box of 2⁶³ bytes in another":    {insideHuge, "9223372036854775808"},
		"MP4 with 2³² samples in 16 bytes": {billions, ""},
		"an MP4 box of 0 bytes":            {endless, "invalid size"},
		"MP4 boxes 50,000 deep":            {append(bytes.Clone(ftyp), nested(50_000, "moov", "udta")...), ""},
		"MP4 boxes without end":            {append(bytes.Clone(ftyp), sequence...), "more than 100000 boxes"},
		"an ftyp of 16 MB":                 {box("ftyp", bytes.Repeat([]byte("isom"), 4<<20)), "box ftyp has 16777224 bytes"},
		"Ogg of one-byte pages":            {onePages(1 << 18), "failed to decode Opus: unexpected EOF"},
		"an Ogg packet of 2.6 MB":          {longPacket, "no page at the end"},
		"PDF arrays 3 million deep":        {pdfOf(strings.Repeat("[", 3_000_000)), "nested more than 32 deep"},
		"PDF dictionaries 1 million deep":  {pdfOf(strings.Repeat("<</A", 1_000_000)), "nested more than 32 deep"},
		"a PDF object that is itself":      {pdfOf("1 0 R"), "in a circle"},
		"a PDF array of millions":          {pdfOf("[" + strings.Repeat("0 ", 4_000_000) + "]"), "truncated"},
		"a PDF index that inflates":        {fmt.Appendf(nil, "%%PDF-1.5\n1 0 obj"+stream+"\nstartxref\n9\n", len(bomb), bomb), "more than 16777216 bytes"},
		"a PDF of negative pages":          {pdfOf("<</Pages<</Count -5>>>>"), "claims -5 pages"},
		"a WAV with chunks without end":    {append([]byte("RIFF\x00\x00\x00\x00WAVE"), bytes.Repeat([]byte("junk\x00\x00\x00\x00"), 2000)...), "first 1000 chunks"},
		"a WAV with 0 channels":            {append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), make([]byte, 100)...), "0 channels"},
		"an ID3 tag of 256 MB":             {append([]byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f"), make([]byte, 3000)...), "source ends at byte 3010, in an ID3 tag of 268435465 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			var err error
			memory := peak(func() {
				_, err = preview.New().Preview(t.Context(), bytes.NewReader(test.data), int64(len(test.data)), "video/mp4")
			})
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				require.NotContains(t, err.Error(), "panic")
			}
			require.Less(t, time.Since(start), 15*time.Second)
			require.Less(t, memory, int64(160<<20), "%d MiB", memory>>20)
			t.Logf("%v, %.1f MiB: %v", time.Since(start).Round(time.Millisecond), float64(memory)/(1<<20), err)
		})
	}
}

// TestBrokenFilesNeverPanic cuts and damages every file of testdata.
func TestBrokenFilesNeverPanic(t *testing.T) {
	files, err := os.ReadDir("testdata")
	require.NoError(t, err)
	p := preview.New()
	for _, file := range files {
		if file.IsDir() {
			continue
		}
		data := read(t, file.Name())
		for i := range 6 {
			broken := bytes.Clone(data)
			if i%2 == 0 {
				broken = broken[:len(broken)*(i+1)/7]
			} else {
				for at := 5 * i; at < len(broken); at += 97 * (i + 1) {
					broken[at] ^= byte(at)
				}
			}
			if _, err := p.Preview(t.Context(), bytes.NewReader(broken), int64(len(broken)), ""); err != nil {
				require.NotContains(t, err.Error(), "panic", "%s, case %d", file.Name(), i)
			}
		}
	}
}

// stuck is a file that ends its reader's context after a number of bytes.
type stuck struct {
	src    io.ReaderAt
	left   int64
	cancel func()
	after  int // reads after that
}

func (s *stuck) ReadAt(p []byte, off int64) (int, error) {
	if s.left -= int64(len(p)); s.left < 0 {
		s.cancel()
		s.after++
	}
	return s.src.ReadAt(p, off)
}

func TestEndingTheContextEndsAPreview(t *testing.T) {
	gone := errors.New("the user went away")
	for _, name := range []string{"exif6.jpg", "picture.png", "picture.tiff", "movie.mp4", "long.opus", "s16.wav", "plain.mp3", "streams.pdf"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			data := read(t, name)
			src := &stuck{src: bytes.NewReader(data), left: min(3072, int64(len(data))), cancel: func() { cancel(gone) }}
			_, err := preview.New().Preview(ctx, src, int64(len(data)), "")
			require.ErrorIs(t, err, gone)
			require.LessOrEqual(t, src.after, 1, "reads after the end")

			src = &stuck{src: bytes.NewReader(data), left: 1 << 30}
			_, err = preview.New().Preview(ctx, src, int64(len(data)), "")
			require.ErrorIs(t, err, gone, "a context that has ended before")
			require.EqualValues(t, 1<<30, src.left, "nothing is read")
		})
	}
}

func TestAPreviewHasATimeLimit(t *testing.T) {
	data := read(t, "long.opus")
	_, err := preview.New(preview.WithTimeout(time.Nanosecond)).Preview(t.Context(), bytes.NewReader(data), int64(len(data)), "")
	require.ErrorIs(t, err, preview.ErrTimeout)
	require.ErrorContains(t, err, "1ns")
}

func TestASourceThatFailsIsAnError(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, name := range []string{"exif1.jpg", "picture.tiff", "movie.mp4", "silk.opus", "s16.wav", "cbr.mp3", "sound.flac", "plain.pdf"} {
		src := readerAtFunc(func([]byte, int64) (int, error) { return 0, broken })
		_, err := preview.New().Preview(t.Context(), src, int64(len(read(t, name))), "")
		require.ErrorIs(t, err, broken, name)
	}
	_, err := preview.New().Preview(t.Context(), bytes.NewReader(nil), 100, "")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "shorter than its size")
}

type readerAtFunc func([]byte, int64) (int, error)

func (f readerAtFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

func TestAPanicIsAnError(t *testing.T) {
	data := read(t, "picture.tiff")
	src := readerAtFunc(func(p []byte, off int64) (int, error) {
		if off > 0 {
			panic("a decoder's mistake")
		}
		return bytes.NewReader(data).ReadAt(p, off)
	})
	p, err := preview.New().Preview(t.Context(), src, int64(len(data)), "")
	require.ErrorContains(t, err, "failed to preview image/tiff: decoder panicked: a decoder's mistake")
	require.Equal(t, "image/tiff", p.Mimetype)
}

func TestMistakesAreErrors(t *testing.T) {
	_, err := preview.New(nil).Preview(t.Context(), nil, 1, "")
	require.ErrorContains(t, err, "source is nil")
	_, err = preview.New().Preview(t.Context(), bytes.NewReader(nil), -1, "")
	require.ErrorContains(t, err, "size is negative")
}

func TestAFormatWithoutPreviewIsNoError(t *testing.T) {
	for name, test := range map[string]struct{ data, claimed, want string }{
		"text keeps the type that the caller claims": {"hello, world", "text/csv", "text/csv"},
		"text without a claim":                       {"hello, world", "", "text/plain"},
		"a zip file is one, whatever is claimed":     {"PK\x03\x04\x14\x00\x00\x00\x08\x00", "image/png", "application/zip"},
		"an empty file":                              {"", "", "text/plain"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := preview.New().Preview(t.Context(), strings.NewReader(test.data), int64(len(test.data)), test.claimed)
			require.NoError(t, err)
			require.Equal(t, test.want, p.Mimetype)
			require.Empty(t, p.Warnings)
		})
	}
}
