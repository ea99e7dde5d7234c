package productimg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
)

// Image is a picture on the CDN.
type Image struct {
	URL           string // for the product; gives anyone access to the picture
	DirectPath    string
	SHA256        []byte // of the uploaded bytes
	Size          int64  // bytes
	Mimetype      string // "image/jpeg", "image/png" or "image/webp"
	Width, Height int    // in pixels, as stored: without applying the EXIF orientation
}

// Upload uploads the picture in src, from its current position to its end. It reads src once and
// does not close it. The upload is resumed, retried and failed over like all uploads of client.
// With a resume store, an *os.File is identified by its path, and not sent again if it is
// unchanged.
//
// Errors to test for are [ErrFormat], [ErrTruncated], [ErrTooManyPixels], and those of
// [wamediax.Client.UploadMedia].
func Upload(ctx context.Context, client *wamediax.Client, src io.Reader, opts ...Option) (Image, error) {
	if source.IsNil(src) {
		return Image{}, errors.New("failed to upload product image: source is nil")
	}
	set := newSettings(opts)
	if file, ok := src.(*os.File); ok {
		stat, err := file.Stat()
		if err != nil {
			return Image{}, fmt.Errorf("failed to upload product image: %w", err)
		}
		if stat.IsDir() {
			return Image{}, fmt.Errorf("failed to upload product image: %s is a directory", file.Name())
		}
		if path, err := filepath.Abs(file.Name()); err == nil && stat.Mode().IsRegular() {
			set.one = append(set.one, wamediax.WithResumeID(set.id("upload", path)))
		}
	}
	pic := newChecked(ctx, src, set)
	up, err := client.UploadMedia(ctx, pic, wamediax.MediaProductImage, set.one...)
	if err != nil {
		return Image{}, fmt.Errorf("failed to upload product image: %w", err)
	}
	return pic.note.image(up), nil
}

// image combines the note with the result of an upload.
func (n note) image(up *wamediax.Uploaded) Image {
	return Image{
		URL: up.URL, DirectPath: up.DirectPath, SHA256: up.FileSHA256, Size: int64(up.FileLength),
		Mimetype: n.Mimetype, Width: n.Width, Height: n.Height,
	}
}

// id returns the resume store's ID for a picture and its conversion settings.
func (s *settings) id(kind, name string) string {
	return fmt.Sprintf("productimg %d %d %s %s", s.quality, s.maxSide, kind, name)
}

var errNoNote = errors.New("record in resume store has no dimensions of the picture")
