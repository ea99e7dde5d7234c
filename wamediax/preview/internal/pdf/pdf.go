// Package pdf reads the page count of a PDF, and whether it needs a password.
//
// It follows the file's index to the four or five objects with that information
// and reads nothing else. A complete library such as github.com/pdfcpu/pdfcpu
// reads and validates the whole file, and makes a program 11 MB larger.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// Budget is the most bytes of a file that Read needs.
const Budget = 64 << 20

const maxPages = 1 << 20

// Info is the result of Read.
type Info struct {
	// Pages is 0 if the count is encrypted, which is so in files with the
	// compressed objects of PDF 1.5.
	Pages int
	// Encrypted is set if the file is encrypted. Readers open it without a
	// password unless Password is set.
	Encrypted bool
	// Password is set if readers ask for a password.
	Password bool
}

// Read reads a PDF. The Info is valid even with an error, as far as the file was
// read.
func Read(src *bounded.Reader) (*Info, error) {
	f := &file{src: src, seen: map[int64]bool{}, streams: map[int64]*objectStream{}}
	info := &Info{}
	if err := f.read(info); err != nil {
		return info, fmt.Errorf("failed to read PDF: %w", err)
	}
	return info, nil
}

func (f *file) read(info *Info) error {
	head, err := f.src.Range(0, 1024)
	if err != nil {
		return err
	}
	start := bytes.Index(head, []byte("%PDF-"))
	if start < 0 {
		return errors.New("no %PDF- header")
	}
	f.base = int64(start) // offsets count from the header, which need not be at byte 0
	if err := f.readIndex(); err != nil {
		return err
	}
	if encrypt := f.trailer["Encrypt"]; encrypt != nil {
		info.Encrypted = true
		e, _ := f.resolve(encrypt)
		d, _ := e.(dict)
		info.Password = f.asksForPassword(d)
	}
	catalog, err := f.dict(f.trailer["Root"])
	if err == nil {
		var tree dict
		if tree, err = f.dict(catalog["Pages"]); err == nil {
			var count any
			if count, err = f.resolve(tree["Count"]); err == nil {
				pages, ok := count.(int64)
				if ok && pages >= 0 && pages <= maxPages {
					info.Pages = int(pages)
					return nil
				}
				err = errors.New("page tree has no page count")
				if ok {
					err = fmt.Errorf("page tree claims %d pages", pages)
				}
			}
		}
	}
	if info.Encrypted && f.src.Err() == nil {
		return nil // the objects are in encrypted streams
	}
	return err
}

// startOfIndex returns the index's offset, from the last lines of the file.
func (f *file) startOfIndex() (int64, error) {
	const tail = 4 << 10
	end, err := f.src.Range(max(f.src.Size()-tail, 0), tail)
	if err != nil {
		return 0, err
	}
	i := bytes.LastIndex(end, []byte("startxref"))
	if i < 0 {
		return 0, errors.New("no index at the end: file is truncated")
	}
	s := scanner{data: end, at: i + len("startxref")}
	s.skipSpace()
	return strconv.ParseInt(string(s.word()), 10, 64)
}
