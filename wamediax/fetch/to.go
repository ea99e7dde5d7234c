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

// To downloads the media that msg describes, and decrypts it to dst as it arrives. It needs at most
// 2 MiB of memory for media of any size.
//
// What dst has is UNVERIFIED until To returns nil: only then are the MAC and the hashes in msg
// checked. After an error, discard what dst has. If dst cannot do that, use [Fetcher.File] or
// [Fetcher.Bytes], which can also start over on another host when one sends wrong bytes. To can do
// that only if dst is a [Restarter], or if nothing has been written yet, as with media of less than
// 64 KiB.
//
// After a broken or stalled connection the download continues at the same byte, on another host if
// necessary. No byte is written twice. It gives up after some time without a byte
// ([WithMaxElapsed]), and when ctx ends, though it waits for a Write in progress.
//
// Errors to test for: [ErrExpired]; [cdn.ErrUnreachable] (a network failure: try later);
// [cdn.ErrTooLarge]; [cdn.ErrNoHosts]; streamenc's ErrInvalidMAC, ErrHashMismatch, ErrTruncated,
// ErrInvalidPadding and ErrKeySize (the media is not what msg describes), which also match
// whatsmeow's errors, such as [whatsmeow.ErrInvalidMediaHMAC]; [whatsmeow.ErrUnknownMediaType] and
// [whatsmeow.ErrNoURLPresent] (msg cannot be downloaded); errors of dst; and ctx's error, with its
// cause and each host's last error.
func (f *Fetcher) To(ctx context.Context, dst io.Writer, msg whatsmeow.DownloadableMessage, opts ...CallOption) (Downloaded, error) {
	if dst == nil {
		return Downloaded{}, errors.New("failed to download media: destination is nil")
	}
	return f.run(ctx, msg, writer{dst}, opts)
}

// Restarter is a destination of [Fetcher.To] that can discard what was written to it, so that the
// download can start over on another host.
type Restarter interface {
	io.Writer
	// Restart discards everything written so far. The next Write starts from the beginning.
	Restart() error
}

// destination receives the plaintext.
type destination interface {
	io.Writer
	// expect announces how many bytes of the object will follow, or -1 if no host has stated its
	// size.
	expect(bytes int64)
	// restartable reports whether restart is possible.
	restartable() bool
	// restart discards everything written so far.
	restart() error
}

// writer is a destination that the caller provided.
type writer struct{ io.Writer }

func (writer) expect(int64) {}

func (w writer) restartable() bool {
	_, ok := w.Writer.(Restarter)
	return ok
}

func (w writer) restart() error { return w.Writer.(Restarter).Restart() }

// run does a download whose plaintext is verified at its end.
func (f *Fetcher) run(ctx context.Context, msg whatsmeow.DownloadableMessage, dst destination, opts []CallOption) (Downloaded, error) {
	d, err := f.begin(ctx, msg, opts)
	if err != nil {
		return Downloaded{}, fmt.Errorf("failed to download media: %w", err)
	}
	d.canRestart = func(offset int64) bool { return dst.restartable() || d.encrypted() && offset < heldBack }
	var restartErr error
	err = d.retryCorrupt(ctx,
		func() error { return d.copyTo(ctx, dst) },
		func() bool {
			if d.written > 0 {
				if !dst.restartable() {
					return false
				}
				if restartErr = dst.restart(); restartErr != nil {
					return false
				}
			}
			d.written = 0
			return true
		})
	if restartErr != nil {
		err = fmt.Errorf("%w; failed to start over: %w", err, restartErr)
	}
	if err != nil {
		return d.downloaded(d.written), fmt.Errorf("failed to download media: %w", err)
	}
	return d.downloaded(d.written), nil
}

// heldBack is how many bytes of an encrypted object the decrypting reader holds back, as they may
// contain its end.
const heldBack = 64 << 10

// copyTo writes the verified plaintext to dst.
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
		clear(buf[:]) // leave no plaintext in pooled buffers
		copyBuffers.Put(buf)
	}
	if src.err != nil && src.err != io.EOF {
		return src.err // without the decrypting reader's wrapping
	}
	return inDialect(err, src.offset)
}

// copyBuffers are for unencrypted media.
var copyBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// limited counts plaintext and enforces its limit. The object's size gives the plaintext's size
// only up to its padding.
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
	errMorePlaintext   = fmt.Errorf("%w: plaintext is larger than the message's length or the limit", cdn.ErrTooLarge)
	errUnencryptedHash = fmt.Errorf("%w: %w", streamenc.ErrHashMismatch, whatsmeow.ErrInvalidUnencryptedMediaSHA256)
)

// hashMatches reports whether unencrypted media matches the message's hash, or the message has
// none.
func (d *download) hashMatches(sum []byte) bool {
	return len(d.sha256) == 0 || subtle.ConstantTimeCompare(sum, d.sha256) == 1
}

// hashed reads unencrypted media. It returns io.EOF only if the hash matches.
type hashed struct {
	src  io.Reader
	hash hash.Hash
	d    *download
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.src.Read(p)
	h.hash.Write(p[:n])
	if err == io.EOF && !h.d.hashMatches(h.hash.Sum(nil)) {
		err = errUnencryptedHash
	}
	return n, err
}
