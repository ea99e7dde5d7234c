package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// ErrTimeout is returned, wrapped, if a preview takes longer than WithTimeout allows.
var ErrTimeout = errors.New("preview takes too long")

// Previewer is a [wamediax.Previewer] and [wamediax.Scaler]. Use New. It is safe for concurrent
// use.
type Previewer struct {
	timeout time.Duration
	ffmpeg  string
}

var _ wamediax.Scaler = (*Previewer)(nil)

// New returns a Previewer.
func New(opts ...Option) *Previewer {
	p := &Previewer{timeout: 20 * time.Second}
	for _, opt := range opts {
		if opt != nil {
			opt(p)
		}
	}
	return p
}

// Preview detects the format of src, which has size bytes, and extracts what people see of it.
// claimed is the MIME type that the caller expects, or ""; it is used only if the content does not
// show the type.
//
// The error wraps ErrTimeout or the cause of ctx, or describes what is wrong with the file. Even
// then the result has what was found before the error; it is nil only if src cannot be read at all.
func (p *Previewer) Preview(ctx context.Context, src io.ReaderAt, size int64, claimed string) (*wamediax.Preview, error) {
	f, done, err := p.open(ctx, src, size, claimed)
	if err != nil {
		return nil, fmt.Errorf("failed to preview: %w", err)
	}
	defer done()
	err = f.extract(p.ffmpeg)
	result := f.preview // a copy: a pointer into f would keep src in memory
	return &result, err
}

// Scale returns the picture in src, which has size bytes, as a JPEG of at most edge pixels per
// edge: an image, a video's cover or, with WithFFmpeg, a frame of it of at most 480 pixels. A
// smaller picture keeps its size. Transparency becomes white. Scale returns nil and no error for a
// file without a picture.
//
// The errors are those of Preview.
func (p *Previewer) Scale(ctx context.Context, src io.ReaderAt, size int64, edge int) (*wamediax.Picture, error) {
	if edge < 1 {
		return nil, fmt.Errorf("failed to scale: edge is %d pixels, must be at least 1", edge)
	}
	f, done, err := p.open(ctx, src, size, "")
	if err != nil {
		return nil, fmt.Errorf("failed to scale: %w", err)
	}
	defer done()
	class, _, _ := strings.Cut(f.preview.Mimetype, "/")
	if class != "image" && class != "video" {
		return nil, nil
	}
	f.edge, f.maxBytes = edge, math.MaxInt
	err = f.extract(p.ffmpeg)
	if f.preview.Thumbnail == nil {
		return nil, err
	}
	return &wamediax.Picture{JPEG: f.preview.Thumbnail, Width: f.preview.ThumbnailWidth, Height: f.preview.ThumbnailHeight}, nil
}

// open prepares a file and detects its format.
func (p *Previewer) open(ctx context.Context, src io.ReaderAt, size int64, claimed string) (_ *file, done context.CancelFunc, err error) {
	if src == nil || size < 0 {
		return nil, nil, errors.New("source is nil, or its size is negative")
	}
	done = func() {}
	if p.timeout > 0 {
		ctx, done = context.WithTimeoutCause(ctx, p.timeout, fmt.Errorf("%w: more than %v", ErrTimeout, p.timeout))
	}
	const headSize = 3072 // mimetype's read limit
	head, err := bounded.NewReader(ctx, src, size, headSize).Range(0, headSize)
	if err != nil {
		done()
		return nil, nil, err
	}
	f := &file{ctx: ctx, src: src, size: size, edge: thumbnailEdge, maxBytes: thumbnailBytes}
	f.preview.Mimetype = kindOf(head, claimed)
	return f, done, nil
}

// file is the state of one preview.
type file struct {
	ctx     context.Context
	src     io.ReaderAt
	size    int64
	preview wamediax.Preview

	edge, maxBytes int // of the thumbnail
}

// bounded returns a reader for a parser that may read at most budget bytes.
func (f *file) bounded(budget int64) *bounded.Reader {
	return bounded.NewReader(f.ctx, f.src, f.size, budget)
}

// kindOf returns the MIME type of a file that begins with head.
func kindOf(head []byte, claimed string) string {
	detected := mimetype.Detect(head)
	kind, _, _ := strings.Cut(detected.String(), ";")
	switch kind {
	case "application/octet-stream", "text/plain":
		if claimed != "" {
			return claimed
		}
	case "audio/x-m4a":
		return "audio/mp4" // WhatsApp's name for it
	case "audio/x-wav":
		return "audio/wav"
	case "video/x-m4v":
		return "video/mp4"
	case "image/vnd.mozilla.apng":
		return "image/png"
	}
	return kind
}

// extract fills in the preview, with the help of the ffmpeg at path unless that is "".
func (f *file) extract(path string) (err error) {
	defer func() {
		// decoders are large, and the file may be crafted to break them
		if r := recover(); r != nil {
			err = fmt.Errorf("failed to preview %s: decoder panicked: %v", f.preview.Mimetype, r)
		}
	}()
	err = f.read()
	if path != "" && f.ctx.Err() == nil {
		err = errors.Join(err, f.askFFmpeg(path))
	}
	return err
}

// read fills in what this package can find by itself.
func (f *file) read() error {
	kind, _, _ := strings.Cut(f.preview.Mimetype, ";") // a claimed type can have parameters
	switch kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return f.readPicture()
	case "image/bmp", "image/tiff":
		return f.readBitmap()
	case "video/mp4", "video/quicktime", "video/3gpp", "video/3gpp2", "audio/mp4", "audio/3gpp":
		return f.readMovie()
	case "application/ogg", "audio/ogg", "video/ogg":
		return f.readOgg()
	case "audio/wav":
		return f.readWAV()
	case "audio/mpeg":
		return f.readMP3()
	case "audio/flac":
		return f.readFLAC()
	case "application/pdf":
		return f.readPDF()
	}
	return nil
}
