package productimg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// Image is a picture that lies on the CDN.
type Image struct {
	URL           string // for the product; anybody who has it can get the picture
	DirectPath    string
	SHA256        []byte // of the bytes that were sent
	Size          int64  // bytes
	Mimetype      string // "image/jpeg", "image/png" or "image/webp"
	Width, Height int    // in pixels, as stored: the turn that EXIF data asks for is not taken into account
}

// Upload sends what src holds, from its position to its end, if that is one whole picture. src is read once and stays open.
// The upload is resumed, retried and failed over like every other of client's; with a resume store an *os.File is
// remembered by its path, and not sent again when it is the same.
//
// The errors are [ErrFormat], [ErrTruncated], [ErrTooManyPixels], and those of [wamediax.Client.UploadMedia].
func Upload(ctx context.Context, client *wamediax.Client, src io.Reader, opts ...Option) (Image, error) {
	set := newSettings(opts)
	if file, ok := src.(*os.File); ok {
		stat, err := file.Stat()
		if err != nil {
			return Image{}, fmt.Errorf("failed to upload a product image: %w", err)
		}
		if stat.IsDir() {
			return Image{}, fmt.Errorf("failed to upload a product image: %s is a directory", file.Name())
		}
		if path, err := filepath.Abs(file.Name()); err == nil && stat.Mode().IsRegular() {
			set.one = append(set.one, wamediax.WithResumeID(set.id("upload", path)))
		}
	}
	pic := newChecked(ctx, src, set)
	up, err := client.UploadMedia(ctx, pic, wamediax.MediaProductImage, set.one...)
	if err != nil {
		return Image{}, fmt.Errorf("failed to upload a product image: %w", err)
	}
	return pic.note.image(up), nil
}

// image adds what the note knows to what an upload says.
func (n note) image(up *wamediax.Uploaded) Image {
	return Image{
		URL: up.URL, DirectPath: up.DirectPath, SHA256: up.FileSHA256, Size: int64(up.FileLength),
		Mimetype: n.Mimetype, Width: n.Width, Height: n.Height,
	}
}

// id names a picture in the resume store, together with what is made of it.
func (s *settings) id(kind, name string) string {
	return fmt.Sprintf("productimg %d %d %s %s", s.quality, s.maxSide, kind, name)
}

var errNoNote = errors.New("the resume store's record of the picture has no dimensions")
