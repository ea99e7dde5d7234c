package stickerpack

import (
	"bytes"
	"io"
)

// Pack is a sticker pack. Functions of this package never modify a Pack they are given.
type Pack struct {
	// ID identifies the pack. Phones treat a pack with a known ID as the same pack, so keep the ID
	// when the stickers change. It is 1 to 128 bytes of UTF-8, without /, \, . and control
	// characters; a UUID is fine.
	ID          string
	Name        string // at most 128 characters, like Publisher
	Publisher   string
	Description string
	Caption     string // text below the message; may be empty

	Stickers []Sticker // 1 to 60

	// TrayIcon is the small picture that represents the pack in the sticker picker: a static WebP
	// of 96×96 pixels and at most 50 KiB. If nil, Publish makes one from the first sticker.
	TrayIcon []byte
	// Thumbnail is the preview in the message: a JPEG, ideally of 252×252 pixels. If nil, Publish
	// makes one from the tray icon, or from the first sticker if there is no tray icon.
	Thumbnail []byte
}

// Sticker is one sticker of a pack.
type Sticker struct {
	// WebP is the picture, of 512×512 pixels and at most 100 KiB, or 500 KiB if animated.
	WebP   []byte
	Emojis []string // search terms: at most 3, preferably at least 1
	Label  string   // description for screen readers

	// Source provides the picture if WebP is nil, for example as a section of a file. Publish reads
	// it several times, in place, so memory use does not depend on the size of the pack. Its
	// content must not change until Publish returns.
	Source *io.SectionReader
}

// content returns the sticker's picture. Callers must not move its read position.
func (s *Sticker) content() *io.SectionReader {
	if s.WebP == nil && s.Source != nil {
		return s.Source
	}
	return sectionOf(s.WebP)
}

func sectionOf(data []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
}
