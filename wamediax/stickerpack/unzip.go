package stickerpack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

// ErrBadArchive: what a message points to is no zip of the stickers that it lists, or more than a sticker pack can be.
var ErrBadArchive = errors.New("not the sticker pack that the message describes")

// Bounds on what others send. Their packs may go beyond the limits for our own, but not by any amount.
const (
	maxZipBytes     = 64 << 20 // as it is downloaded, and once more when it is unpacked
	maxContentBytes = 2 << 20  // of one file in it
	maxEntries      = 256
)

// unzip takes the pack that msg describes out of its zip.
func unzip(data []byte, msg *waE2E.StickerPackMessage) (*Pack, error) {
	files, err := openZip(data)
	if err != nil {
		return nil, err
	}
	pack := &Pack{
		ID: msg.GetStickerPackID(), Name: msg.GetName(), Publisher: msg.GetPublisher(),
		Description: msg.GetPackDescription(), Caption: msg.GetCaption(),
		Stickers: make([]Sticker, len(msg.GetStickers())),
	}
	if len(pack.Stickers) == 0 || len(pack.Stickers) > maxEntries {
		return nil, fmt.Errorf("%w: it lists %d stickers", ErrBadArchive, len(pack.Stickers))
	}
	for i, listed := range msg.GetStickers() {
		content, err := files.sticker(listed.GetFileName())
		if err != nil {
			return nil, fmt.Errorf("stickers[%d]: %w", i, err)
		}
		pack.Stickers[i] = Sticker{WebP: content, Emojis: listed.GetEmojis(), Label: listed.GetAccessibilityLabel()}
	}
	if pack.TrayIcon, err = files.trayIcon(msg); err != nil {
		return nil, fmt.Errorf("tray icon: %w", err)
	}
	for name := range files.byName {
		if _, ok := files.read[name]; !ok {
			return nil, fmt.Errorf("%w: the zip has a file %q that it does not list", ErrBadArchive, name)
		}
	}
	return pack, nil
}

// zipFiles are the files of a zip that somebody else made.
type zipFiles struct {
	byName map[string]*zip.File
	read   map[string][]byte // what was unpacked already
	left   int64             // bytes that may still be unpacked
}

func openZip(data []byte) (*zipFiles, error) {
	reader, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadArchive, err)
	}
	if len(reader.File) > maxEntries {
		return nil, fmt.Errorf("%w: the zip has %d files", ErrBadArchive, len(reader.File))
	}
	files := &zipFiles{make(map[string]*zip.File), make(map[string][]byte), maxZipBytes}
	for _, file := range reader.File {
		if !isPlainName(file.Name) {
			return nil, fmt.Errorf("%w: %q is no name for a file", ErrBadArchive, file.Name)
		}
		if _, ok := files.byName[file.Name]; ok {
			return nil, fmt.Errorf("%w: the zip has two files %q", ErrBadArchive, file.Name)
		}
		files.byName[file.Name] = file
	}
	return files, nil
}

// isPlainName reports whether name is that of a file in its directory, on every system.
func isPlainName(name string) bool {
	return filepath.IsLocal(name) && name != "." && !strings.ContainsAny(name, `/\:`) && !strings.ContainsFunc(name, unicode.IsControl)
}

func (z *zipFiles) sticker(name string) ([]byte, error) {
	content, err := z.content(name)
	if err != nil {
		return nil, err
	}
	if want, ok := hashIn(name); ok && [sha256.Size]byte(want) != sha256.Sum256(content) {
		return nil, fmt.Errorf("%w: the content of %q does not have the hash in its name", ErrBadArchive, name)
	}
	return content, nil
}

// trayIcon finds the tray icon: the message names it, or it goes by the pack's ID. A pack may be without.
func (z *zipFiles) trayIcon(msg *waE2E.StickerPackMessage) ([]byte, error) {
	if msg.GetTrayIconFileName() != "" {
		return z.content(msg.GetTrayIconFileName())
	}
	name := msg.GetStickerPackID() + extension
	if _, ok := z.byName[name]; !ok {
		return nil, nil
	}
	return z.content(name)
}

func (z *zipFiles) content(name string) ([]byte, error) {
	if content, ok := z.read[name]; ok {
		return content, nil
	}
	file, ok := z.byName[name]
	if !ok {
		return nil, fmt.Errorf("%w: the zip has no file %q", ErrBadArchive, name)
	}
	limit := min(maxContentBytes, z.left)
	reader, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrBadArchive, name, err)
	}
	defer reader.Close()
	content, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrBadArchive, name, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%w: %q has more than %d bytes", ErrBadArchive, name, limit)
	}
	z.left -= int64(len(content))
	z.read[name] = content
	return content, nil
}
