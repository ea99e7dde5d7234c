package upload

import (
	"context"
	"errors"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// liveWriter encrypts what is written to it and sends it in chunks, each while the next is filled. If the service refuses the
// first chunk, that one and all that follow go into a spool.
type liveWriter struct {
	ctx  context.Context // ends with the caller's, or when a chunk has failed: its cause is then why
	fail context.CancelCauseFunc
	enc  *streamenc.Encryptor
	live *resume.Live

	size    int            // of a chunk but the last, in bytes
	filling []byte         // the next one
	leaving []byte         // the one before it, which is kept until a host has taken it
	sent    chan sentChunk // gets what became of that one; nil: nothing is on its way
	chunks  int            // that have been handed over; with the second, the first may be gone
	err     error          // why no more is taken

	spoolMemory int64
	maySpool    bool
	spool       *spool.Spool // nil: all that came was sent, or is about to be
	refusal     error        // why there is a spool
}

// sentChunk is what became of a chunk.
type sentChunk struct {
	err      error
	panicked any // with what the caller's progress callback did
}

func newLiveWriter(ctx context.Context, enc *streamenc.Encryptor, live *resume.Live, job LiveJob, spoolMemory int64) *liveWriter {
	ctx, fail := context.WithCancelCause(ctx)
	return &liveWriter{
		ctx: ctx, fail: fail, enc: enc, live: live, size: int(job.Chunk),
		spoolMemory: spoolMemory, maySpool: job.Fallback,
	}
}

func (out *liveWriter) Write(plaintext []byte) (int, error) {
	for rest := plaintext; len(rest) > 0 && out.err == nil; {
		n := min(len(rest), out.size-len(out.filling))
		out.makeRoom(n)
		out.filling = out.enc.Update(out.filling, rest[:n])
		rest = rest[n:]
		if len(out.filling) == out.size {
			out.next()
		}
	}
	if out.err != nil {
		return 0, out.err
	}
	return len(plaintext), nil
}

// finish sends what is left, and waits until all is taken.
func (out *liveWriter) finish() (info streamenc.Info, err error) {
	if out.filling, info, err = out.enc.Finalize(out.filling); err != nil {
		return info, err
	}
	out.next()
	out.settle()
	return info, out.err
}

// liveTail is how many bytes the end of an object may add to the last chunk, in place of 0 to 15 bytes of plaintext: a
// padded block and the MAC.
const liveTail = 16 + 10

// makeRoom has filling take n more bytes of plaintext. What is small takes little memory, and nothing takes more than a
// chunk.
func (out *liveWriter) makeRoom(n int) {
	need := len(out.filling) + n + liveTail
	if need <= cap(out.filling) {
		return
	}
	size := min(livePiece, out.size) + liveTail
	if need > size {
		size = out.size + liveTail
	}
	out.filling = append(make([]byte, 0, size), out.filling...)
}

// next sends the chunk that was being filled as soon as the one before it has been taken, and begins another. Or it spools
// it.
func (out *liveWriter) next() {
	out.settle()
	switch {
	case out.err != nil:
		return
	case out.spool != nil:
		out.keep(out.filling)
		out.filling = out.filling[:0]
		return
	}
	out.leaving, out.filling = out.filling, out.leaving[:0]
	chunk, result := out.leaving, make(chan sentChunk, 1)
	out.sent = result
	out.chunks++
	go func() {
		var sent sentChunk
		defer func() {
			if sent.panicked = recover(); sent.panicked != nil {
				out.fail(errors.New("a callback panicked"))
			}
			result <- sent
		}()
		sent.err = out.live.Send(out.ctx, chunk)
		if sent.err != nil && !out.canDoWithout(sent.err) {
			out.fail(sent.err) // the source need not be read on
		}
	}()
}

// canDoWithout reports whether an ordinary upload can take the place of the live one that failed: all bytes of the source are
// still in memory, and a host is there but refuses live uploads. Voice messages seldom have a second chunk, so most can.
func (out *liveWriter) canDoWithout(err error) bool {
	return out.maySpool && out.chunks == 1 && (errors.Is(err, resume.ErrLiveUnsupported) || out.live.Refused())
}

// fallBack goes on with a spool.
func (out *liveWriter) fallBack(why error) {
	out.spool, out.refusal = spool.New(out.spoolMemory), why
	out.keep(out.leaving)
	out.leaving = nil
}

// settle waits for the chunk that is on its way. A panic of its progress callback comes out here, where the caller of
// UploadLive can recover it.
func (out *liveWriter) settle() {
	if out.sent == nil {
		return
	}
	sent := <-out.sent
	out.sent = nil
	switch {
	case sent.panicked != nil:
		panic(sent.panicked)
	case sent.err == nil:
	case out.canDoWithout(sent.err):
		out.fallBack(sent.err)
	default:
		out.err = sent.err
	}
}

func (out *liveWriter) keep(enc []byte) {
	if _, err := out.spool.Write(enc); err != nil && out.err == nil {
		out.err = fmt.Errorf("failed to go on as an ordinary upload: %w", err)
	}
}

// stop ends a chunk that is on its way and frees the spool.
func (out *liveWriter) stop() {
	out.fail(nil)
	out.settle()
	if out.spool != nil {
		_ = out.spool.Close()
	}
}
