package stickerpack

import (
	"bytes"
	"io"
)

// Pack is a sticker pack as people see it. Nothing in this package changes a pack that it is given.
type Pack struct {
	// ID tells this pack from every other on a phone: a pack that is sent again under its ID is the same pack, so keep it
	// when stickers change. At most 128 bytes, without /, \, . and control characters. A UUID will do.
	ID          string
	Name        string // at most 128 characters, as is Publisher
	Publisher   string
	Description string
	Caption     string // text under the message; "" for none

	Stickers []Sticker // 1 to 60

	// TrayIcon is the small picture by which people pick the pack: a static WebP of 96×96 pixels, at most 50 KiB. nil: it
	// is made from the first sticker.
	TrayIcon []byte
	// Thumbnail is what the message shows of the pack: a JPEG, 252×252 pixels at best. nil: it is made from the tray icon,
	// or from the first sticker if there is none.
	Thumbnail []byte
}

// Sticker is one sticker of a pack.
type Sticker struct {
	// WebP is the picture: 512×512 pixels; at most 100 KiB, animated 500 KiB.
	WebP   []byte
	Emojis []string // what the sticker says, for people who search: at most 3, best 1 or more
	Label  string   // a description for people who cannot see it

	// Source is where the picture lies if WebP is nil: a section of a file, for example. It is read in place, several
	// times, so that publishing takes the same memory whatever the pack's size, and must not change until then.
	Source *io.SectionReader
}

// content returns the sticker's picture, of which nobody moves the position.
func (s *Sticker) content() *io.SectionReader {
	if s.WebP == nil && s.Source != nil {
		return s.Source
	}
	return sectionOf(s.WebP)
}

func sectionOf(data []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
}
