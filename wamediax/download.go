package wamediax

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Downloaded says what a download did. Next to an error it says how far it came.
type Downloaded struct {
	Bytes         int64  // of plaintext that were written
	BytesReceived int64  // of the object, from all hosts; what came twice is counted twice
	DirectPath    string // the one that was used last: the message's own, or the one that the phone gave
	Reuploaded    bool   // DirectPath is the phone's: store it in place of the message's
}

// DownloadTo writes the media that msg describes to dst, while it arrives and is decrypted. Whatever its size, it takes no
// more than 2 MiB of memory.
//
// What dst has is UNVERIFIED until DownloadTo has returned nil: only then do the MAC and the hashes in msg hold. After an
// error, what dst has must not be used. Where that cannot be arranged, use [Client.DownloadFile] or [Client.DownloadBytes].
//
// A connection that breaks or stalls is taken up again where it broke, and hosts that fail are left for others; no byte is
// written twice. It gives up when nothing has moved for a while (see [WithDownloadMaxElapsed]), and ends when ctx does, after
// a Write that is under way.
//
// To be told apart with errors.Is: [ErrExpired], [ErrPhoneSilent] and [ErrGone] (the hosts no longer have the media, see
// [WithReupload]), [ErrUnreachable] (the network), [ErrTooLarge]; streamenc's ErrInvalidMAC, ErrHashMismatch, ErrTruncated,
// ErrInvalidPadding and ErrKeySize (what came is not what msg describes); [whatsmeow.ErrUnknownMediaType] and
// [whatsmeow.ErrNoURLPresent] (msg cannot be downloaded); dst's own errors, ctx's cause, and whatsmeow's where the WhatsApp
// socket was needed and stayed down.
func (c *Client) DownloadTo(ctx context.Context, dst io.Writer, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (Downloaded, error) {
	return c.download(ctx, msg, dst, opts)
}

// maxDownloadBytes is how much DownloadBytes takes unless it is told otherwise.
const maxDownloadBytes = 256 << 20

// DownloadBytes is [Client.DownloadTo] into memory, all of it verified. It refuses more than 256 MiB, or what
// [WithDownloadLimit] sets, with [ErrTooLarge].
func (c *Client) DownloadBytes(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) ([]byte, error) {
	var dst inMemory
	opts = append([]DownloadOption{WithDownloadLimit(maxDownloadBytes)}, opts...)
	if _, err := c.download(ctx, msg, &dst, opts); err != nil {
		return nil, err
	}
	return dst.Bytes(), nil
}

// restartable is a destination that can drop what was written to it.
type restartable interface{ restart() error }

type inMemory struct {
	bytes.Buffer
	size int64 // expected; 0: who knows
}

func (m *inMemory) Write(p []byte) (int, error) {
	if m.Cap() == 0 && m.size > int64(len(p)) {
		m.Grow(int(m.size)) // only now: a host has shown that there is something
	}
	return m.Buffer.Write(p)
}

func (m *inMemory) restart() error {
	m.Reset()
	return nil
}

// download is every download: it gets what msg describes into dst. Where what came turns out not to be that, it begins
// again with another host, if dst can.
func (c *Client) download(ctx context.Context, msg whatsmeow.DownloadableMessage, dst io.Writer, opts []DownloadOption) (got Downloaded, err error) {
	t, err := c.newTransfer(ctx, msg, opts)
	if err != nil {
		return Downloaded{}, fmt.Errorf("failed to download media: %w", err)
	}
	if dst, ok := dst.(*inMemory); ok {
		dst.size = t.media.length
	}
	for {
		n, err := t.copyTo(ctx, dst)
		got = t.downloaded(n)
		if err == nil {
			return got, nil
		}
		if again, ok := dst.(restartable); ok && t.media.isTransportFault(err) && t.distrust(err) {
			if err = again.restart(); err == nil {
				continue
			}
		}
		return got, fmt.Errorf("failed to download media: %w", err)
	}
}

// copyTo writes the whole plaintext to dst and checks it.
func (t *transfer) copyTo(ctx context.Context, dst io.Writer) (n int64, err error) {
	object := t.stream(ctx, 0)
	defer object.Close()
	if t.media.encrypted() {
		var plain *streamenc.Reader
		if plain, err = streamenc.NewReader(object, t.media.key, t.media.mediaType,
			streamenc.ExpectHashes(t.media.encSHA256, t.media.sha256)); err != nil {
			return 0, err
		}
		n, err = plain.WriteTo(dst)
	} else {
		// Only Write: what a ReaderFrom reads could be more than it says.
		n, err = io.CopyBuffer(struct{ io.Writer }{dst}, &hashed{src: object, hash: sha256.New(), want: t.media.sha256}, make([]byte, 64<<10))
	}
	switch {
	case object.err != nil && object.err != io.EOF:
		err = object.err // as it was, without what it was wrapped in on its way
	case err == nil && t.s.limit > 0 && n > t.s.limit: // by less than the padding, which the object's size did not tell
		err = fmt.Errorf("%w: it has %d bytes, the limit is %d", ErrTooLarge, n, t.s.limit)
	}
	return n, err
}

// hashed reads what is not encrypted. It ends with io.EOF only if the hash holds.
type hashed struct {
	src  io.Reader
	hash hash.Hash
	want []byte
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.src.Read(p)
	h.hash.Write(p[:n])
	if err == io.EOF && subtle.ConstantTimeCompare(h.hash.Sum(nil), h.want) == 0 {
		err = fmt.Errorf("%w: of media that is not encrypted", streamenc.ErrHashMismatch)
	}
	return n, err
}

// isTransportFault tells whether err says that the bytes are not the sender's, so that another host may have better ones. A
// MAC that holds means that they are the sender's own, whatever else is wrong with them.
func (m *media) isTransportFault(err error) bool {
	if m.encrypted() {
		return errors.Is(err, streamenc.ErrInvalidMAC) || errors.Is(err, streamenc.ErrTruncated)
	}
	return errors.Is(err, streamenc.ErrHashMismatch)
}
