package stickerpack

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/internal/folder"
)

// Save writes p to the directory dir, creating it if necessary: the stickers unchanged as 01.webp,
// 02.webp and so on, tray.webp and thumbnail.jpg if p has them, and everything else in pack.json.
// convert.FromDir reads that format. Save takes no file name from p, so it is safe for packs from
// untrusted senders. It overwrites files of the same names and keeps all others.
func (p *Pack) Save(dir string) error {
	if err := p.save(dir); err != nil {
		return fmt.Errorf("failed to save sticker pack to %s: %w", dir, err)
	}
	return nil
}

func (p *Pack) save(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // symbolic links in dir cannot lead out of it
	if err != nil {
		return err
	}
	defer root.Close()
	manifest := folder.Pack{ID: p.ID, Name: p.Name, Publisher: p.Publisher, Description: p.Description, Caption: p.Caption}
	for i := range p.Stickers {
		s := &p.Stickers[i]
		content, err := io.ReadAll(io.NewSectionReader(s.content(), 0, s.content().Size()))
		if err != nil {
			return fmt.Errorf("failed to read stickers[%d]: %w", i, err)
		}
		name := fmt.Sprintf("%02d%s", i+1, extension)
		if err := root.WriteFile(name, content, 0o666); err != nil {
			return err
		}
		manifest.Stickers = append(manifest.Stickers, folder.Sticker{File: name, Emojis: s.Emojis, Label: s.Label})
	}
	for _, cover := range []struct {
		name    string
		content []byte
		listed  *string
	}{
		{folder.TrayIcon + extension, p.TrayIcon, &manifest.TrayIcon},
		{folder.Thumbnail + ".jpg", p.Thumbnail, &manifest.Thumbnail},
	} {
		if cover.content == nil {
			continue
		}
		*cover.listed = cover.name
		if err := root.WriteFile(cover.name, cover.content, 0o666); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(manifest, "", "\t")
	if err != nil {
		return err
	}
	return root.WriteFile(folder.Manifest, append(text, '\n'), 0o666)
}
