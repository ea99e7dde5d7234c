package stickerpack

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"unicode"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

// ErrBadArchive means that a downloaded pack is not a zip of exactly the stickers that its message
// lists, or that it is larger than any sticker pack should be.
var ErrBadArchive = errors.New("not the sticker pack that the message describes")

// Bounds for received packs. They are wider than the limits for published ones.
const (
	maxZipBytes     = 64 << 20 // for the zip itself, and for its unpacked contents
	maxContentBytes = 2 << 20  // for one file in the zip
	maxEntries      = 256
	// maxDirectory bounds the zip's central directory, plus the 65 KiB before its end that
	// archive/zip searches for it. An entry takes 46 bytes plus its name, and archive/zip allocates
	// about 200 bytes for it.
	maxDirectory = 256 << 10
)

// unzip reads the pack that msg describes from its zip.
func unzip(ctx context.Context, src io.ReaderAt, size int64, msg *waE2E.StickerPackMessage) (*Pack, error) {
	files, err := openZip(src, size)
	if err != nil {
		return nil, err
	}
	pack := &Pack{
		ID: msg.GetStickerPackID(), Name: msg.GetName(), Publisher: msg.GetPublisher(),
		Description: msg.GetPackDescription(), Caption: msg.GetCaption(),
		Stickers: make([]Sticker, len(msg.GetStickers())),
	}
	if len(pack.Stickers) == 0 || len(pack.Stickers) > maxEntries {
		return nil, fmt.Errorf("%w: message lists %d stickers, must be 1 to %d", ErrBadArchive, len(pack.Stickers), maxEntries)
	}
	for i, listed := range msg.GetStickers() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
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
			return nil, fmt.Errorf("%w: zip contains %q, which the message does not list", ErrBadArchive, name)
		}
	}
	return pack, nil
}

// zipFiles are the files of an untrusted zip.
type zipFiles struct {
	byName map[string]*zip.File
	read   map[string][]byte // contents unpacked so far
	left   int64             // bytes that may still be unpacked
}

func openZip(file io.ReaderAt, size int64) (*zipFiles, error) {
	src := &bounded{file, maxDirectory}
	reader, err := zip.NewReader(src, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadArchive, err)
	}
	src.left = math.MaxInt64 // from here on each file has its own bound
	if len(reader.File) > maxEntries {
		return nil, fmt.Errorf("%w: zip has %d files, limit is %d", ErrBadArchive, len(reader.File), maxEntries)
	}
	files := &zipFiles{make(map[string]*zip.File), make(map[string][]byte), maxZipBytes}
	for _, file := range reader.File {
		if !isPlainName(file.Name) {
			return nil, fmt.Errorf("%w: zip contains invalid file name %q", ErrBadArchive, file.Name)
		}
		if _, ok := files.byName[file.Name]; ok {
			return nil, fmt.Errorf("%w: zip contains %q twice", ErrBadArchive, file.Name)
		}
		files.byName[file.Name] = file
	}
	return files, nil
}

// bounded limits how many bytes can be read: archive/zip reads a central directory of any length
// into memory.
type bounded struct {
	io.ReaderAt
	left int64
}

var errDirectory = fmt.Errorf("zip directory is larger than %d bytes", maxDirectory)

func (b *bounded) ReadAt(p []byte, offset int64) (int, error) {
	if int64(len(p)) > b.left {
		return 0, errDirectory
	}
	b.left -= int64(len(p))
	return b.ReaderAt.ReadAt(p, offset)
}

// isPlainName reports whether name is a file name without a directory on every operating system.
func isPlainName(name string) bool {
	return filepath.IsLocal(name) && name != "." && !strings.ContainsAny(name, `/\:`) && !strings.ContainsFunc(name, unicode.IsControl)
}

func (z *zipFiles) sticker(name string) ([]byte, error) {
	content, err := z.content(name)
	if err != nil {
		return nil, err
	}
	if want, ok := hashIn(name); ok && [sha256.Size]byte(want) != sha256.Sum256(content) {
		return nil, fmt.Errorf("%w: content of %q does not match the hash in its name", ErrBadArchive, name)
	}
	return content, nil
}

// trayIcon returns the tray icon, which is named in the message or after the pack's ID, or nil if
// there is none.
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
		return nil, fmt.Errorf("%w: zip does not contain %q", ErrBadArchive, name)
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
		return nil, fmt.Errorf("%w: %q is larger than %d bytes", ErrBadArchive, name, limit)
	}
	z.left -= int64(len(content))
	z.read[name] = content
	return content, nil
}
