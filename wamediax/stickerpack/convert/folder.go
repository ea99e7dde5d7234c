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
	"slices"
	"strings"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/internal/folder"
)

// maxManifestBytes bounds pack.json.
const maxManifestBytes = 1 << 20

// FromDir makes a pack from a directory: it converts every PNG, JPEG, GIF and WebP with [Sticker].
//
//	cats/
//		01_😀.png             stickers, ordered by file name; emojis in the name become the sticker's
//		02_😴🐈.gif
//		tray.png              the tray icon (optional)
//		thumbnail.jpg         the thumbnail (optional)
//		pack.json             the manifest (optional)
//
// All fields of pack.json are optional:
//
//	{
//		"id": "…", "name": "Cats", "publisher": "me", "description": "…", "caption": "…",
//		"tray": "icon.png", "thumbnail": "cover.jpg",
//		"stickers": [{"file": "purr.png", "emojis": ["😺"], "label": "A cat purrs"}, …]
//	}
//
// If "stickers" is present, the pack consists of those files in that order. An entry without
// "emojis" gets those in its file name. The default "name" is the directory's. The default "id" is
// a hash of name, publisher and pictures, so the same directory always gives the same ID, and a
// changed one gives a new ID. Set "id" so that phones treat a changed pack as the same pack.
//
// FromDir ignores subdirectories, other files, and names that begin with a dot. It reads nothing
// outside dir. On the first picture that cannot be converted it returns an error with the file's
// name.
//
// FromDir does not validate the pack. A directory with static and animated pictures gives a pack
// that [stickerpack.Publish] rejects. Animate the static ones with [WithUniform], or make two packs
// with [stickerpack.Pack.Split].
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
		return nil, fmt.Errorf("failed to make sticker pack from %s: %w", dir, err)
	}
	return pack, nil
}

// FromRoot is [FromDir] for an open directory. Use it if the directory's name is untrusted:
// [os.Root.OpenRoot] cannot leave its parent. name is the pack's name unless pack.json has one. The
// caller still has to close root. Errors contain file names, but not the directory's path.
func FromRoot(ctx context.Context, root *os.Root, name string, opts ...Option) (*stickerpack.Pack, error) {
	pack, err := fromRoot(ctx, root, name, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to make sticker pack from %s: %w", name, err)
	}
	return pack, nil
}

func fromRoot(ctx context.Context, root *os.Root, name string, s *settings) (*stickerpack.Pack, error) {
	if root == nil {
		return nil, errors.New("root is nil")
	}
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
		return nil, fmt.Errorf("%d pictures, limit is %d", len(pack.Stickers), stickerpack.MaxStickers)
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
	if s.uniform {
		if err := animateStatic(ctx, root, manifest, pack, s); err != nil {
			return nil, err
		}
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

// animateStatic replaces pack's static stickers with animated ones, if any of its stickers is
// animated.
func animateStatic(ctx context.Context, root *os.Root, manifest *folder.Pack, pack *stickerpack.Pack, s *settings) error {
	animated := func(sticker stickerpack.Sticker) bool { return isAnimated(sticker.WebP) }
	if !slices.ContainsFunc(pack.Stickers, animated) {
		return nil
	}
	for i := range pack.Stickers {
		if animated(pack.Stickers[i]) {
			continue
		}
		webp, err := fromFile(root, manifest.Stickers[i].File, func(src source) ([]byte, error) { return animatedStill(ctx, src, s) })
		if err != nil {
			return err
		}
		pack.Stickers[i].WebP = webp
	}
	return nil
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
		return nil, fmt.Errorf("%s: %w: %d bytes, limit is %d", name, ErrTooLarge, stat.Size(), maxFileBytes)
	}
	data, err := convert(source{file, stat.Size()})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}

var errIrregular = errors.New("not a regular file")

// openRegular opens a file directly in root. It refuses pipes, which would block until someone
// writes.
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
	data, err := io.ReadAll(io.LimitReader(file, maxManifestBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxManifestBytes {
		return nil, fmt.Errorf("file is larger than %d bytes", maxManifestBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields() // typos should not be ignored
	manifest := &folder.Pack{}
	if err := decoder.Decode(manifest); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("text after the JSON object")
	}
	return manifest, nil
}

// listFiles adds the directory's files to manifest, where it does not name any.
func listFiles(root *os.Root, manifest *folder.Pack) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	listed := manifest.Stickers != nil
	for _, entry := range entries { // sorted by name
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

// thumbnail makes a JPEG of 252×252 pixels. It returns one that has that size unchanged.
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
		return src.bytes() // it was decoded, so it is intact
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, onWhite(square), &jpeg.Options{Quality: 85}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// packID computes an ID from names and source pictures, so that it does not depend on the encoder.
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
