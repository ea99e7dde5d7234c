package convert

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/internal/folder"
)

// maxManifestBytes bounds pack.json.
const maxManifestBytes = 1 << 20

// FromDir makes a pack of a directory: every PNG, JPEG, GIF and WebP in it becomes a sticker, by [Sticker].
//
//	cats/
//		01_😀.png             stickers, in the order of their names; the emojis are taken out of the names
//		02_😴🐈.gif
//		tray.png              the tray icon, if there is one
//		thumbnail.jpg         the thumbnail, if there is one
//		pack.json             says the rest, if it is there
//
// In pack.json everything is optional:
//
//	{
//		"id": "…", "name": "Cats", "publisher": "me", "description": "…", "caption": "…",
//		"tray": "icon.png", "thumbnail": "cover.jpg",
//		"stickers": [{"file": "purr.png", "emojis": ["😺"], "label": "A cat purrs"}, …]
//	}
//
// With "stickers", those files are the pack, in that order, and no others; an entry without emojis has those of its file's
// name. Without "name" the pack has the directory's. Without "id" the ID is made from name, publisher and stickers: the same
// folder always gives the same pack, but a changed one gives another; with an "id" it stays the same pack on people's phones.
//
// Other files and those whose names begin with a dot are ignored, as are subdirectories; nothing outside of dir is read. The
// pack is not validated: the first that can be wrong of it is that some stickers move and others do not. The first
// picture that cannot be converted is the error, with the file's name.
func FromDir(ctx context.Context, dir string, opts ...Option) (*stickerpack.Pack, error) {
	var pack *stickerpack.Pack
	path, err := filepath.Abs(dir)
	if err == nil {
		var root *os.Root
		if root, err = os.OpenRoot(dir); err == nil {
			defer root.Close()
			pack, err = fromRoot(ctx, root, filepath.Base(path), newSettings(opts))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("failed to make a sticker pack of %s: %w", dir, err)
	}
	return pack, nil
}

// FromRoot is [FromDir] for a directory that is open already: one that somebody else has named, for example, and that
// [os.Root.OpenRoot] has opened without leaving the directory in which it may lie. name is the pack's if pack.json does not say
// another. root stays open. Errors name the files, but not where the directory is.
func FromRoot(ctx context.Context, root *os.Root, name string, opts ...Option) (*stickerpack.Pack, error) {
	pack, err := fromRoot(ctx, root, name, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to make a sticker pack of %s: %w", name, err)
	}
	return pack, nil
}

func fromRoot(ctx context.Context, root *os.Root, name string, s *settings) (*stickerpack.Pack, error) {
	manifest, err := readManifest(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder.Manifest, err)
	}
	if err := listFiles(root, manifest); err != nil {
		return nil, err
	}
	if manifest.Name == "" {
		manifest.Name = name
	}
	pack := &stickerpack.Pack{
		ID: manifest.ID, Name: manifest.Name, Publisher: manifest.Publisher,
		Description: manifest.Description, Caption: manifest.Caption,
		Stickers: make([]stickerpack.Sticker, len(manifest.Stickers)),
	}
	if len(pack.Stickers) > stickerpack.MaxStickers {
		return nil, fmt.Errorf("it has %d pictures, at most %d are allowed", len(pack.Stickers), stickerpack.MaxStickers)
	}
	id := newID(pack)
	for i, listed := range manifest.Stickers {
		webp, err := fromFile(root, listed.File, func(src source) ([]byte, error) {
			if err := id.addFile(src); err != nil {
				return nil, err
			}
			return sticker(ctx, src, s)
		})
		if err != nil {
			return nil, err
		}
		if listed.Emojis == nil {
			listed.Emojis = emojisIn(listed.File)
		}
		pack.Stickers[i] = stickerpack.Sticker{WebP: webp, Emojis: listed.Emojis, Label: listed.Label}
	}
	if manifest.TrayIcon != "" {
		pack.TrayIcon, err = fromFile(root, manifest.TrayIcon, func(src source) ([]byte, error) { return trayIcon(ctx, src, s) })
		if err != nil {
			return nil, err
		}
	}
	if manifest.Thumbnail != "" {
		pack.Thumbnail, err = fromFile(root, manifest.Thumbnail, func(src source) ([]byte, error) { return thumbnail(ctx, src, s) })
		if err != nil {
			return nil, err
		}
	}
	if pack.ID == "" {
		pack.ID = id.String()
	}
	return pack, nil
}

// fromFile converts a file directly in root.
func fromFile(root *os.Root, name string, convert func(source) ([]byte, error)) ([]byte, error) {
	file, err := openRegular(root, name)
	if errors.Is(err, errIrregular) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	} else if err != nil {
		return nil, err
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if stat.Size() > maxFileBytes {
		return nil, fmt.Errorf("%s: %w: the file has more than %d bytes", name, ErrTooLarge, maxFileBytes)
	}
	data, err := convert(source{file, stat.Size()})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}

var errIrregular = errors.New("it is no regular file")

// openRegular opens a file directly in root. It does not open pipes, which would wait for somebody who writes.
func openRegular(root *os.Root, name string) (*os.File, error) {
	stat, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", name, errIrregular)
	}
	return root.Open(name)
}

func readManifest(root *os.Root) (*folder.Pack, error) {
	file, err := openRegular(root, folder.Manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return &folder.Pack{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := json.NewDecoder(io.LimitReader(file, maxManifestBytes))
	decoder.DisallowUnknownFields() // a misspelt one would be ignored
	manifest := &folder.Pack{}
	if err := decoder.Decode(manifest); err != nil {
		return nil, err
	}
	return manifest, nil
}

// listFiles fills in what manifest does not say of the files.
func listFiles(root *os.Root, manifest *folder.Pack) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	listed := manifest.Stickers != nil
	for _, entry := range entries { // ordered by name
		name := entry.Name()
		suffix := filepath.Ext(name)
		if entry.IsDir() || strings.HasPrefix(name, ".") || !isPicture(suffix) {
			continue
		}
		switch stem := strings.TrimSuffix(name, suffix); {
		case name == manifest.TrayIcon || name == manifest.Thumbnail:
		case stem == folder.TrayIcon && manifest.TrayIcon == "":
			manifest.TrayIcon = name
		case stem == folder.Thumbnail && manifest.Thumbnail == "":
			manifest.Thumbnail = name
		case !listed:
			manifest.Stickers = append(manifest.Stickers, folder.Sticker{File: name})
		}
	}
	return nil
}

func isPicture(extension string) bool {
	switch strings.ToLower(extension) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp":
		return true
	}
	return false
}

// thumbnail makes a JPEG of 252×252 pixels; one that is one already stays as it is.
func thumbnail(ctx context.Context, src source, s *settings) ([]byte, error) {
	pic, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	square, err := still(ctx, pic, stickerpack.ThumbnailSide)
	if err != nil {
		return nil, err
	}
	if pic.Upright() == square.Rect.Size() && pic.Format == picture.JPEG {
		return src.bytes() // which could be decoded
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, onWhite(square), &jpeg.Options{Quality: 85}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// packID is an ID that is the same for the same names and pictures, whatever encoder there is.
type packID struct{ hash hash.Hash }

func newID(pack *stickerpack.Pack) packID {
	id := packID{sha256.New()}
	id.add([]byte(pack.Name))
	id.add([]byte(pack.Publisher))
	return id
}

func (id packID) add(data []byte) {
	sum := sha256.Sum256(data)
	id.hash.Write(sum[:])
}

func (id packID) addFile(src source) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(src, 0, src.size)); err != nil {
		return err
	}
	id.hash.Write(sum.Sum(nil))
	return nil
}

func (id packID) String() string { return fmt.Sprintf("%x", id.hash.Sum(nil)[:16]) }
