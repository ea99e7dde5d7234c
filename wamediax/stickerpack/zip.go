package stickerpack

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sort"
	"strings"
	"unicode"
)

// archive is a pack's zip. It never exists as a whole: headers are in memory, contents are read in
// place. It has no data descriptors, because phones read a zip from front to back and need the
// sizes in each local header. It has no times and no system-specific fields, so the same pack gives
// the same bytes.
type archive struct {
	*io.SectionReader
	parts   []part
	entries []entry
	names   []string // file name of each sticker, in the pack's order
}

// part is a section of the zip that comes from one source.
type part struct {
	offset  int64 // in the zip
	content io.ReaderAt
	size    int64
}

type entry struct {
	name    string
	content *io.SectionReader
	crc     uint32
	sha256  [sha256.Size]byte
	offset  int64 // of its local header
}

// newArchive builds the zip of stickers, without duplicates, and of the tray icon. It reads each
// sticker once.
func newArchive(stickers []Sticker, trayName string, tray []byte) (*archive, error) {
	a := &archive{names: make([]string, len(stickers))}
	known := make(map[string]bool)
	for i := range stickers {
		e, err := newEntry("", stickers[i].content())
		if err != nil {
			return nil, fmt.Errorf("failed to read stickers[%d]: %w", i, err)
		}
		e.name = nameOf(e.sha256[:])
		a.names[i] = e.name
		if !known[e.name] {
			known[e.name] = true
			a.entries = append(a.entries, e)
		}
	}
	e, err := newEntry(trayName, sectionOf(tray))
	if err != nil {
		return nil, err
	}
	a.entries = append(a.entries, e)
	a.layOut()
	return a, nil
}

func newEntry(name string, content *io.SectionReader) (entry, error) {
	e := entry{name: name, content: content}
	crc, hash := crc32.NewIEEE(), sha256.New()
	n, err := io.Copy(io.MultiWriter(crc, hash), io.NewSectionReader(content, 0, content.Size()))
	if err != nil {
		return entry{}, err
	}
	if n != content.Size() {
		return entry{}, fmt.Errorf("source ended at byte %d of %d: %w", n, content.Size(), io.ErrUnexpectedEOF)
	}
	e.crc = crc.Sum32()
	hash.Sum(e.sha256[:0])
	return e, nil
}

// layOut assigns offsets to headers and contents.
func (a *archive) layOut() {
	end := int64(0)
	add := func(content io.ReaderAt, size int64) {
		a.parts = append(a.parts, part{end, content, size})
		end += size
	}
	var directory []byte
	for i := range a.entries {
		e := &a.entries[i]
		e.offset = end
		header := sectionOf(e.localHeader())
		add(header, header.Size())
		add(e.content, e.content.Size())
		directory = append(directory, e.directoryHeader()...)
	}
	directory = append(directory, a.directoryEnd(end, len(directory))...)
	add(sectionOf(directory), int64(len(directory)))
	a.SectionReader = io.NewSectionReader(partsReader(a.parts), 0, end)
}

// common returns the fields that both headers of an entry share (APPNOTE.TXT, 4.3.7 and 4.3.12),
// from "version needed" to "file name length".
func (e *entry) common() []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, 20) // version 2.0
	b = le.AppendUint16(b, e.flags())
	b = le.AppendUint16(b, 0)      // stored
	b = le.AppendUint16(b, 0)      // 00:00:00
	b = le.AppendUint16(b, 1<<5|1) // 1 January 1980, the earliest date in zip
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, uint32(e.content.Size()))
	b = le.AppendUint32(b, uint32(e.content.Size()))
	return le.AppendUint16(b, uint16(len(e.name)))
}

// flags marks non-ASCII names as UTF-8. It never announces a data descriptor.
func (e *entry) flags() uint16 {
	if strings.ContainsFunc(e.name, func(r rune) bool { return r > unicode.MaxASCII }) {
		return 1 << 11
	}
	return 0
}

func (e *entry) localHeader() []byte {
	b := append([]byte("PK\x03\x04"), e.common()...)
	b = append(b, 0, 0) // no extra field
	return append(b, e.name...)
}

func (e *entry) directoryHeader() []byte {
	b := append([]byte("PK\x01\x02"), 20, 0) // made by version 2.0, no particular system
	b = append(b, e.common()...)
	b = append(b, make([]byte, 2+2+2+2+4)...) // extra field, comment, disk, attributes
	b = binary.LittleEndian.AppendUint32(b, uint32(e.offset))
	return append(b, e.name...)
}

func (a *archive) directoryEnd(offset int64, size int) []byte {
	le := binary.LittleEndian
	b := append([]byte("PK\x05\x06"), 0, 0, 0, 0) // one disk
	b = le.AppendUint16(b, uint16(len(a.entries)))
	b = le.AppendUint16(b, uint16(len(a.entries)))
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(offset))
	return append(b, 0, 0) // no comment
}

// verify reads every content again. The uploaded bytes are the zip only if none has changed.
func (a *archive) verify() error {
	for i := range a.entries {
		e := &a.entries[i]
		now, err := newEntry(e.name, e.content)
		if err != nil {
			return fmt.Errorf("failed to read %s again: %w", e.name, err)
		}
		if now.sha256 != e.sha256 {
			return fmt.Errorf("%w: %s", ErrStickerChanged, e.name)
		}
	}
	return nil
}

// ErrStickerChanged means that a sticker's Source changed while [Publish] was reading it.
var ErrStickerChanged = errors.New("sticker changed while it was published")

// partsReader reads parts as one contiguous file.
type partsReader []part

func (parts partsReader) ReadAt(p []byte, offset int64) (int, error) {
	first := sort.Search(len(parts), func(i int) bool { return parts[i].offset+parts[i].size > offset })
	read := 0
	for _, part := range parts[first:] {
		if read == len(p) {
			return read, nil
		}
		start := offset + int64(read) - part.offset
		want := min(int64(len(p)-read), part.size-start)
		n, err := part.content.ReadAt(p[read:read+int(want)], start)
		if n < 0 || int64(n) > want {
			return read, fmt.Errorf("source returned a count of %d bytes for a buffer of %d", n, want)
		}
		read += n
		if int64(n) < want {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return read, err
		}
	}
	if read < len(p) {
		return read, io.EOF
	}
	return read, nil
}
