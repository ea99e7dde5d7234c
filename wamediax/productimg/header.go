package productimg

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// maxHeader is how many of the first bytes are searched for the dimensions. The colour profiles, previews and notes that a
// camera puts before them take some hundred KiB at most.
const maxHeader = 1 << 20

// readHeader reads src until it knows the picture's header, and returns it together with everything that it has read. It
// allocates for what there is, not for what the header promises.
func readHeader(src io.Reader, maxPixels int64) (info picture.Info, read []byte, err error) {
	var head bytes.Buffer
	for size := int64(16 << 10); ; size *= 4 {
		_, err := io.CopyN(&head, src, min(size, maxHeader)-int64(head.Len()))
		if err != nil && err != io.EOF {
			return picture.Info{}, nil, err
		}
		ended := err == io.EOF
		info, err := picture.ParseHead(head.Bytes())
		switch {
		case err == nil && info.Format == picture.GIF:
			return picture.Info{}, nil, fmt.Errorf("%w: a GIF; catalogs take JPEG, PNG and WebP", ErrFormat)
		case err == nil:
			if pixels := int64(info.Width) * int64(info.Height); pixels > maxPixels {
				return picture.Info{}, nil, fmt.Errorf("%w: %d × %d, more than %d", ErrTooManyPixels, info.Width, info.Height, maxPixels)
			}
			return info, head.Bytes(), nil
		case !errors.Is(err, picture.ErrTruncated):
			return picture.Info{}, nil, err
		case head.Len() == 0:
			return picture.Info{}, nil, fmt.Errorf("%w: it has 0 bytes", ErrTruncated)
		case ended && picture.FormatOf(head.Bytes()) == "":
			return picture.Info{}, nil, fmt.Errorf("%w: it begins like none of JPEG, PNG and WebP", ErrFormat)
		case ended:
			return picture.Info{}, nil, fmt.Errorf("%w: its header breaks off", ErrTruncated)
		case head.Len() >= maxHeader:
			return picture.Info{}, nil, fmt.Errorf("%w: no dimensions in the first %d bytes", ErrFormat, head.Len())
		}
	}
}
