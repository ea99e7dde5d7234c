package fetch

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// To writes the media that msg describes to dst, while it arrives and is decrypted. Whatever its size, it takes at most
// 2 MiB of memory.
//
// What dst has is UNVERIFIED until To has returned nil: only then do the MAC and the hashes in msg hold. After an error, what
// dst has must not be used. Where that cannot be arranged, use [Fetcher.File] or [Fetcher.Bytes], which can also begin anew
// with another host where one gave wrong bytes; To can do that only if it has written nothing yet, as for media of less than
// 64 KiB, or if dst is a [Restarter].
//
// If a connection breaks or stalls, the download goes on where it broke, and hosts that fail are left for others; no byte is
// written twice. It gives up after a while without a byte ([WithMaxElapsed]), and ends when ctx does, after a Write that is
// under way.
//
// Errors to test for: [ErrExpired], [cdn.ErrUnreachable] (the network; try later), [cdn.ErrTooLarge], [cdn.ErrNoHosts];
// streamenc's ErrInvalidMAC, ErrHashMismatch, ErrTruncated, ErrInvalidPadding and ErrKeySize (what came is not what msg
// describes), each of which is also whatsmeow's error for the same, such as [whatsmeow.ErrInvalidMediaHMAC];
// [whatsmeow.ErrUnknownMediaType] and [whatsmeow.ErrNoURLPresent] (msg cannot be downloaded); dst's own errors; and ctx's,
// with its cause and with what each host said last.
func (f *Fetcher) To(ctx context.Context, dst io.Writer, msg whatsmeow.DownloadableMessage, opts ...CallOption) (Downloaded, error) {
	if dst == nil {
		return Downloaded{}, errors.New("failed to download media: destination is nil")
	}
	return f.run(ctx, msg, writer{dst}, opts)
}

// Restarter is a destination of [Fetcher.To] that can drop what was written to it, so that the download can begin anew with
// another host.
type Restarter interface {
	io.Writer
	// Restart drops all that was written. The next Write begins anew.
	Restart() error
}

// destination is where plaintext goes.
type destination interface {
	io.Writer
	// expect says how many bytes will come, as far as a host has said it, or -1.
	expect(bytes int64)
	// restart drops what was written. It reports false if that is not possible.
	restart() (bool, error)
}

// writer is a caller's destination.
type writer struct{ io.Writer }

func (writer) expect(int64) {}

func (w writer) restart() (bool, error) {
	dst, ok := w.Writer.(Restarter)
	if !ok {
		return false, nil
	}
	return true, dst.Restart()
}

// run is every download that is verified at its end.
func (f *Fetcher) run(ctx context.Context, msg whatsmeow.DownloadableMessage, dst destination, opts []CallOption) (Downloaded, error) {
	d, err := f.begin(ctx, msg, opts)
	if err != nil {
		return Downloaded{}, fmt.Errorf("failed to download media: %w", err)
	}
	var n int64
	err = d.elsewhere(ctx,
		func() (err error) {
			n, err = d.copyTo(ctx, dst)
			return err
		},
		func() bool {
			if n == 0 {
				return true
			}
			ok, err := dst.restart()
			return ok && err == nil
		})
	if err != nil {
		return d.downloaded(n), fmt.Errorf("failed to download media: %w", err)
	}
	return d.downloaded(n), nil
}

// copyTo writes the whole plaintext to dst and verifies it.
func (d *download) copyTo(ctx context.Context, dst destination) (n int64, err error) {
	src := d.stream(ctx, 0)
	defer src.Close()
	if err = src.open(); err != nil && err != io.EOF {
		return 0, err
	}
	dst.expect(d.size)
	plaintext := &limited{dst: dst, room: d.maxPlaintext(d.limit)}
	if d.encrypted() {
		var plain *streamenc.Reader
		if plain, err = streamenc.NewReader(src, d.key, d.mediaType, streamenc.ExpectHashes(d.encSHA256, d.sha256)); err != nil {
			return 0, err
		}
		n, err = plain.WriteTo(plaintext)
	} else {
		n, err = io.CopyBuffer(plaintext, &hashed{src: src, hash: sha256.New(), want: d.sha256}, make([]byte, 64<<10))
	}
	if src.err != nil && src.err != io.EOF {
		return n, src.err // as it was, without what it was wrapped in on its way
	}
	return n, inDialect(err, src.offset)
}

// limited refuses more plaintext than there may be. The object's size on the host does not tell: padding hides up to 16
// bytes.
type limited struct {
	dst  io.Writer
	room int64
}

func (l *limited) Write(p []byte) (int, error) {
	if int64(len(p)) > l.room {
		return 0, fmt.Errorf("%w: there is more plaintext than the message's length or the limit allows", cdn.ErrTooLarge)
	}
	l.room -= int64(len(p))
	return l.dst.Write(p)
}

// hashed reads media that is not encrypted. It ends with io.EOF only if the hash holds.
type hashed struct {
	src  io.Reader
	hash hash.Hash
	want []byte // empty: not checked
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.src.Read(p)
	h.hash.Write(p[:n])
	if err == io.EOF && len(h.want) > 0 && subtle.ConstantTimeCompare(h.hash.Sum(nil), h.want) == 0 {
		err = fmt.Errorf("%w: %w", streamenc.ErrHashMismatch, whatsmeow.ErrInvalidUnencryptedMediaSHA256)
	}
	return n, err
}
