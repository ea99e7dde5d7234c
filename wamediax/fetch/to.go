package fetch

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

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
	// restartable reports whether restart is possible.
	restartable() bool
	// restart drops what was written.
	restart() error
}

// writer is a caller's destination.
type writer struct{ io.Writer }

func (writer) expect(int64) {}

func (w writer) restartable() bool {
	_, ok := w.Writer.(Restarter)
	return ok
}

func (w writer) restart() error { return w.Writer.(Restarter).Restart() }

// run is every download that is verified at its end.
func (f *Fetcher) run(ctx context.Context, msg whatsmeow.DownloadableMessage, dst destination, opts []CallOption) (Downloaded, error) {
	d, err := f.begin(ctx, msg, opts)
	if err != nil {
		return Downloaded{}, fmt.Errorf("failed to download media: %w", err)
	}
	d.anew = func(offset int64) bool { return dst.restartable() || d.encrypted() && offset < heldBack }
	err = d.elsewhere(ctx,
		func() error { return d.copyTo(ctx, dst) },
		func() bool {
			if d.written > 0 && (!dst.restartable() || dst.restart() != nil) {
				return false
			}
			d.written = 0
			return true
		})
	if err != nil {
		return d.downloaded(d.written), fmt.Errorf("failed to download media: %w", err)
	}
	return d.downloaded(d.written), nil
}

// heldBack is up to how many bytes of an encrypted object give no plaintext, because they may be its end.
const heldBack = 64 << 10

// copyTo writes the whole plaintext to dst and verifies it.
func (d *download) copyTo(ctx context.Context, dst destination) (err error) {
	src := d.stream(ctx, 0)
	defer src.Close()
	if err = src.open(); err != nil && err != io.EOF {
		return err
	}
	dst.expect(d.size)
	plaintext := &limited{d, dst, d.maxPlaintext(d.limit)}
	if m, ok := dst.(*memory); ok && m.inPlace(d.encrypted()) {
		err = m.fill(d, src)
	} else if d.encrypted() {
		var plain *streamenc.Reader
		if plain, err = streamenc.NewReader(src, d.key, d.mediaType, streamenc.ExpectHashes(d.encSHA256, d.sha256)); err != nil {
			return err
		}
		_, err = plain.WriteTo(plaintext)
	} else {
		buf := copyBuffers.Get().(*[64 << 10]byte)
		_, err = io.CopyBuffer(plaintext, &hashed{src: src, hash: sha256.New(), d: d}, buf[:])
		clear(buf[:]) // plaintext does not stay in buffers
		copyBuffers.Put(buf)
	}
	if src.err != nil && src.err != io.EOF {
		return src.err // as it was, without what it was wrapped in on its way
	}
	return inDialect(err, src.offset)
}

// copyBuffers are for media that is not encrypted.
var copyBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// limited counts plaintext, and refuses more than there may be: the object's size on the host does not tell to the byte.
type limited struct {
	d   *download
	dst io.Writer
	max int64
}

func (l *limited) Write(p []byte) (int, error) {
	if int64(len(p)) > l.max-l.d.written {
		return 0, errMorePlaintext
	}
	n, err := l.dst.Write(p)
	l.d.written += int64(n)
	return n, err
}

var (
	errMorePlaintext   = fmt.Errorf("%w: there is more plaintext than the message's length or the limit allows", cdn.ErrTooLarge)
	errUnencryptedHash = fmt.Errorf("%w: %w", streamenc.ErrHashMismatch, whatsmeow.ErrInvalidUnencryptedMediaSHA256)
)

// hashHolds reports whether media that is not encrypted has the hash that the message says, if it says one.
func (d *download) hashHolds(sum []byte) bool {
	return len(d.sha256) == 0 || subtle.ConstantTimeCompare(sum, d.sha256) == 1
}

// hashed reads media that is not encrypted. It ends with io.EOF only if the hash holds.
type hashed struct {
	src  io.Reader
	hash hash.Hash
	d    *download
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.src.Read(p)
	h.hash.Write(p[:n])
	if err == io.EOF && !h.d.hashHolds(h.hash.Sum(nil)) {
		err = errUnencryptedHash
	}
	return n, err
}
