package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

const (
	maxSections = 256 // each saved change adds one
	entrySize   = 20  // bytes of a table's entry
)

// file is a PDF being read.
type file struct {
	src      *bounded.Reader
	base     int64
	trailer  dict      // the newest section's
	sections []section // newest first
	seen     map[int64]bool
	streams  map[int64]*objectStream
	decoded  int // bytes of all streams decoded so far
	depth    int // nesting of objects needed to read others
}

// section locates the objects with numbers from first on, in a table of the file
// or in a decoded stream.
type section struct {
	first, count int64
	table        int64 // offset in the file
	stream       []byte
	widths       [3]int
}

// readIndex reads the newest section and those before it.
func (f *file) readIndex() error {
	at, err := f.startOfIndex()
	if err != nil {
		return err
	}
	for more := true; more; {
		if f.seen[at] || len(f.seen) > maxSections {
			break // a loop, or too many: a missing object becomes an error when it is needed
		}
		f.seen[at] = true
		trailer, err := f.readSection(at)
		if err != nil {
			return err
		}
		if f.trailer == nil {
			f.trailer = trailer
		}
		// for readers newer than PDF 1.4
		if hidden, ok := trailer["XRefStm"].(int64); ok && !f.seen[hidden] {
			f.seen[hidden] = true
			if _, err := f.readSection(hidden); err != nil {
				return err
			}
		}
		at, more = trailer["Prev"].(int64)
	}
	if f.trailer["Root"] == nil {
		return errors.New("trailer has no root")
	}
	return nil
}

// readSection reads a table or a stream and returns its trailer.
func (f *file) readSection(at int64) (dict, error) {
	head, err := f.src.Range(f.base+at, 16)
	if err != nil {
		return nil, err
	}
	s := scanner{data: head}
	s.skipSpace()
	if s.take("xref") {
		return f.readTable(f.base + at + int64(s.at))
	}
	return f.readStreamSection(at)
}

// readTable skips the entries of a table (ISO 32000-1 section 7.5.4).
func (f *file) readTable(at int64) (dict, error) {
	for range maxSections {
		head, err := f.src.Range(at, 64)
		if err != nil {
			return nil, err
		}
		s := scanner{data: head}
		s.skipSpace()
		if s.take("trailer") {
			trailer, _, err := f.objectAt(at+int64(s.at), false)
			d, ok := trailer.(dict)
			if err == nil && !ok {
				err = errors.New("trailer is not a dictionary")
			}
			return d, err
		}
		first, err1 := strconv.ParseInt(string(s.word()), 10, 32)
		s.skipSpace()
		count, err2 := strconv.ParseInt(string(s.word()), 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("index is broken at byte %d", at)
		}
		s.skipSpace()
		at += int64(s.at)
		f.sections = append(f.sections, section{first: first, count: count, table: at})
		at += count * entrySize
	}
	return nil, fmt.Errorf("index has more than %d parts", maxSections)
}

// readStreamSection decodes an index of PDF 1.5 and later, section 7.5.8.
func (f *file) readStreamSection(at int64) (dict, error) {
	data, d, err := f.streamAt(f.base + at)
	if err != nil {
		return nil, fmt.Errorf("index at byte %d: %w", at, err)
	}
	widths, _ := d["W"].(array)
	var sec section
	size := int64(0)
	if len(widths) != 3 {
		return nil, errors.New("index stream has no widths")
	}
	for i, w := range widths {
		width, ok := w.(int64)
		if !ok || width < 0 || width > 8 {
			return nil, errors.New("index stream has invalid widths")
		}
		sec.widths[i] = int(width)
		size += width
	}
	if size == 0 {
		return nil, errors.New("index stream has entries of 0 bytes")
	}
	index, ok := d["Index"].(array)
	if !ok {
		index = array{int64(0), d["Size"]}
	}
	for ; len(index) >= 2; index = index[2:] {
		first, ok1 := index[0].(int64)
		count, ok2 := index[1].(int64)
		if !ok1 || !ok2 || first < 0 || count < 0 {
			return nil, errors.New("index stream has invalid object numbers")
		}
		count = min(count, int64(len(data))/size)
		sec.first, sec.count, sec.stream = first, count, data[:count*size]
		data = data[count*size:]
		f.sections = append(f.sections, sec)
	}
	return d, nil
}

// place is the location of an object: an offset, or an object stream.
type place struct {
	offset int64
	within int64 // number of the object stream, or 0
}

func (f *file) find(number int64) (place, error) {
	for _, sec := range f.sections {
		if number < sec.first || number-sec.first >= sec.count {
			continue
		}
		var p place
		var used bool
		var err error
		if sec.stream != nil {
			p, used = sec.streamEntry(number - sec.first)
		} else {
			p, used, err = f.tableEntry(sec.table + (number-sec.first)*entrySize)
		}
		if used || err != nil {
			return p, err
		}
		break // freed by a newer version of the file
	}
	return place{}, fmt.Errorf("object %d is missing", number)
}

func (f *file) tableEntry(at int64) (place, bool, error) {
	entry, err := f.src.Range(at, entrySize)
	if err != nil {
		return place{}, false, err
	}
	fields := bytes.Fields(entry)
	if len(fields) < 3 {
		return place{}, false, fmt.Errorf("index is broken at byte %d", at)
	}
	offset, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return place{}, false, fmt.Errorf("index is broken at byte %d", at)
	}
	return place{offset: offset}, fields[2][0] == 'n', nil
}

func (sec section) streamEntry(i int64) (place, bool) {
	size := int64(sec.widths[0] + sec.widths[1] + sec.widths[2])
	entry := sec.stream[i*size:]
	number := func(width int) (n int64) {
		for _, b := range entry[:width] {
			n = n<<8 | int64(b)
		}
		entry = entry[width:]
		return n
	}
	kind := int64(1)
	if n := number(sec.widths[0]); sec.widths[0] > 0 {
		kind = n
	}
	second := number(sec.widths[1])
	switch kind {
	case 1:
		return place{offset: second}, true
	case 2:
		return place{within: second}, true
	}
	return place{}, false
}
