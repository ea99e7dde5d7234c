package productimg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/webp"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// maxHeader is how many of the first bytes are searched for the dimensions. The colour profiles, previews and notes that a
// camera puts before them take some hundred KiB at most.
const maxHeader = 1 << 20

// format is a kind of picture that WhatsApp takes.
type format struct {
	mimetype     string
	isMagic      func(head []byte) bool
	decodeConfig func(io.Reader) (image.Config, error)
	decode       func(io.Reader) (image.Image, error)
	newScanner   func() picture.Scanner
}

// magicSize is how many bytes tell the formats apart.
const magicSize = 12

var formats = []format{
	{
		mimetype:     "image/jpeg",
		isMagic:      func(head []byte) bool { return bytes.HasPrefix(head, []byte("\xff\xd8\xff")) },
		decodeConfig: jpeg.DecodeConfig,
		decode:       jpeg.Decode,
		newScanner:   func() picture.Scanner { return &picture.JPEGScanner{} },
	},
	{
		mimetype:     "image/png",
		isMagic:      func(head []byte) bool { return bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")) },
		decodeConfig: png.DecodeConfig,
		decode:       png.Decode,
		newScanner:   func() picture.Scanner { return picture.NewPNGScanner() },
	},
	{
		mimetype: "image/webp",
		isMagic: func(head []byte) bool {
			return len(head) >= magicSize && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
		},
		decodeConfig: webp.DecodeConfig,
		decode:       webp.Decode,
		newScanner:   func() picture.Scanner { return &picture.RIFFScanner{} },
	},
}

// header is what the first bytes of a picture say.
type header struct {
	*format
	width, height int
}

// readHeader reads src until it knows the picture's header, and gives it back together with everything that it has read.
// It allocates for what there is, not for what the header promises.
func readHeader(src io.Reader, maxPixels int64) (h header, read []byte, err error) {
	var head bytes.Buffer
	ended := false
	for size := int64(16 << 10); ; size *= 4 {
		_, err := io.CopyN(&head, src, min(size, maxHeader)-int64(head.Len()))
		if err != nil && err != io.EOF {
			return header{}, nil, err
		}
		ended = err == io.EOF
		h, err = parseHeader(head.Bytes())
		switch {
		case err == nil:
			if pixels := float64(h.width) * float64(h.height); pixels > float64(maxPixels) {
				return header{}, nil, fmt.Errorf("%w: %d × %d, more than %d", ErrTooManyPixels, h.width, h.height, maxPixels)
			}
			return h, head.Bytes(), nil
		case head.Len() == 0:
			return header{}, nil, fmt.Errorf("%w: it has 0 bytes", ErrTruncated)
		case h.format == nil && (head.Len() >= magicSize || ended):
			return header{}, nil, ErrFormat
		case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
			return header{}, nil, fmt.Errorf("%w: its header makes no sense: %w", ErrFormat, err)
		case ended:
			return header{}, nil, fmt.Errorf("%w: its header breaks off", ErrTruncated)
		case head.Len() >= maxHeader:
			return header{}, nil, fmt.Errorf("%w: no dimensions in the first %d bytes", ErrFormat, head.Len())
		}
	}
}

// parseHeader finds format and dimensions. With an error, the format may be there all the same.
func parseHeader(head []byte) (header, error) {
	for i := range formats {
		f := &formats[i]
		if !f.isMagic(head) {
			continue
		}
		config, err := f.decodeConfig(bytes.NewReader(head))
		if err == nil && (config.Width <= 0 || config.Height <= 0 || config.Width > math.MaxInt32 || config.Height > math.MaxInt32) {
			err = fmt.Errorf("%d × %d pixels", config.Width, config.Height)
		}
		return header{f, config.Width, config.Height}, err
	}
	return header{}, ErrFormat
}
