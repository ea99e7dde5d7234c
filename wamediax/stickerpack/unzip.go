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

// ErrBadArchive: what a message points to is no zip of the stickers that it lists, or more than a sticker pack can be.
var ErrBadArchive = errors.New("not the sticker pack that the message describes")

// Bounds on what others send. Their packs may go beyond the limits for our own, but not by any amount.
const (
	maxZipBytes     = 64 << 20 // as it is downloaded, and once more when it is unpacked
	maxContentBytes = 2 << 20  // of one file in it
	maxEntries      = 256
	// maxDirectory bounds the zip's list of its files, with the 65 KiB before its end that are searched for it. An entry takes
	// 46 bytes and its name; archive/zip makes 200 of each 47.
	maxDirectory = 256 << 10
)

// unzip takes the pack that msg describes out of its zip.
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
		return nil, fmt.Errorf("%w: it lists %d stickers", ErrBadArchive, len(pack.Stickers))
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

func openZip(file io.ReaderAt, size int64) (*zipFiles, error) {
	src := &bounded{file, maxDirectory}
	reader, err := zip.NewReader(src, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadArchive, err)
	}
	src.left = math.MaxInt64 // the files have bounds of their own
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

// bounded lets so many bytes be read: archive/zip reads a directory of any length into memory.
type bounded struct {
	io.ReaderAt
	left int64
}

var errDirectory = fmt.Errorf("the list of its files is longer than %d bytes", maxDirectory)

func (b *bounded) ReadAt(p []byte, offset int64) (int, error) {
	if int64(len(p)) > b.left {
		return 0, errDirectory
	}
	b.left -= int64(len(p))
	return b.ReaderAt.ReadAt(p, offset)
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
