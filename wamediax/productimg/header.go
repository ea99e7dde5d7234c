package productimg

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// maxHeader limits how many bytes are searched for the dimensions. The colour profiles, previews
// and metadata that cameras put before them take at most a few hundred KiB.
const maxHeader = 1 << 20

// readHeader reads src until it has the picture's header, and returns it together with everything
// it has read. Its memory use depends on the input's length, not on the header's numbers.
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
			return picture.Info{}, nil, fmt.Errorf("%w: picture is a GIF; catalogs accept JPEG, PNG and WebP", ErrFormat)
		case err == nil:
			if pixels := int64(info.Width) * int64(info.Height); pixels > maxPixels {
				return picture.Info{}, nil, fmt.Errorf("%w: %d × %d pixels, limit is %d", ErrTooManyPixels, info.Width, info.Height, maxPixels)
			}
			return info, head.Bytes(), nil
		case !errors.Is(err, picture.ErrTruncated):
			return picture.Info{}, nil, err
		case head.Len() == 0:
			return picture.Info{}, nil, fmt.Errorf("%w: picture has 0 bytes", ErrTruncated)
		case ended && picture.FormatOf(head.Bytes()) == "":
			return picture.Info{}, nil, fmt.Errorf("%w: not a JPEG, PNG or WebP", ErrFormat)
		case ended:
			return picture.Info{}, nil, fmt.Errorf("%w: header ends early", ErrTruncated)
		case head.Len() >= maxHeader:
			return picture.Info{}, nil, fmt.Errorf("%w: no dimensions in the first %d bytes", ErrFormat, head.Len())
		}
	}
}
