package mp3

import (
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

// maxGarbage is the most bytes outside frames that are skipped to find the next
// frame.
const maxGarbage = 64 << 10

// frames reads the complete frames of one stream. It skips tags, garbage between
// frames and a truncated last frame.
type frames struct {
	in    *bounded.Stream
	first frame
	left  int   // remaining bytes of the current frame
	err   error // Read's last error
}

// start finds the first frame after any ID3v2 tags.
func (r *frames) start() error {
	if err := skipID3(r.in); err != nil {
		return err
	}
	f, err := findFrame(r.in, nil)
	if err == io.EOF {
		return fmt.Errorf("%w: no complete MPEG audio frame before byte %d", pcm.ErrFormat, r.in.Offset())
	}
	r.first = f
	return err
}

// Read reads the bytes of one frame after the other. It returns an error for a
// frame that go-mp3 would damage.
func (r *frames) Read(p []byte) (n int, err error) {
	if r.left == 0 {
		var f frame
		if f, r.err = findFrame(r.in, &r.first); r.err != nil {
			return 0, r.err
		}
		if r.err = f.decodable(); r.err != nil {
			r.err = fmt.Errorf("%w, at byte %d: decode it to WAV first", r.err, r.in.Offset())
			return 0, r.err
		}
		r.left = f.size
	}
	n, r.err = r.in.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, r.err
}

// findFrame advances in to the next frame and returns its header. After garbage,
// and for the first frame, it requires another frame or the end of the file
// after it: two random bytes too often look like a header. At the end of the
// file, and after 64 KiB without a frame, it returns io.EOF.
func findFrame(in *bounded.Stream, previous *frame) (frame, error) {
	for passed := 0; passed <= maxGarbage; passed++ {
		head, err := in.Peek(4)
		if err != nil {
			return frame{}, err
		}
		f, ok := parseFrame(head)
		if ok && (previous == nil || f.sameStream(*previous)) {
			data, err := in.Peek(f.size + 4)
			switch {
			case err != nil && err != io.EOF:
				return frame{}, err
			case len(data) == f.size, passed == 0 && previous != nil && len(data) > f.size:
				return f, nil
			case len(data) == f.size+4:
				if next, ok := parseFrame(data[f.size:]); ok && next.sameStream(f) {
					return f, nil
				}
			}
		}
		if err := in.Skip(1); err != nil {
			return frame{}, err
		}
	}
	return frame{}, io.EOF
}

// skipID3 skips ID3v2 tags. Some have pictures of many megabytes.
func skipID3(in *bounded.Stream) error {
	for {
		head, err := in.Peek(10)
		if err != nil && err != io.EOF {
			return err
		}
		if len(head) < 10 || string(head[:3]) != "ID3" {
			return nil
		}
		size := 10 + int64(head[6]&0x7F)<<21 + int64(head[7]&0x7F)<<14 + int64(head[8]&0x7F)<<7 + int64(head[9]&0x7F)
		if head[5]&0x10 != 0 {
			size += 10 // footer
		}
		if err := in.Skip(size); err == io.EOF {
			return fmt.Errorf("source ends at byte %d, in an ID3 tag of %d bytes: %w", in.Offset(), size, io.ErrUnexpectedEOF)
		} else if err != nil {
			return err
		}
	}
}
