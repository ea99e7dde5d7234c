package upload

import (
	"context"
	"errors"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// liveWriter encrypts what is written to it and sends it in chunks, each while the next is filled.
// If the service refuses the first chunk, that chunk and all later ones go to a spool.
type liveWriter struct {
	ctx  context.Context // ends with the caller's, or with the error of a failed chunk as its cause
	fail context.CancelCauseFunc
	enc  *streamenc.Encryptor
	live *resume.Live

	size    int            // of every chunk but the last, in bytes
	filling []byte         // the next chunk
	leaving []byte         // the previous chunk, kept until a host has accepted it
	sent    chan sentChunk // receives its outcome; nil if no chunk is being sent
	chunks  int            // sent so far; from the second on, the first is no longer in memory
	err     error          // makes further writes fail

	spoolMemory int64
	maySpool    bool
	spool       *spool.Spool // nil while the upload is live
	refusal     error        // why there is a spool: the service's refusal
}

// sentChunk is the outcome of sending a chunk.
type sentChunk struct {
	err      error
	panicked any // panic value of the caller's progress callback
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

// finish sends the last chunk and waits until all are accepted.
func (out *liveWriter) finish() (info streamenc.Info, err error) {
	if out.filling, info, err = out.enc.Finalize(out.filling); err != nil {
		return info, err
	}
	out.next()
	out.settle()
	return info, out.err
}

// liveTail is how many bytes the end of an object can add to the last chunk: a padded block, in
// place of 0 to 15 bytes of plaintext, and the MAC.
const liveTail = 16 + 10

// makeRoom grows filling for n more bytes of plaintext. Small uploads allocate little, and none
// allocates more than a chunk.
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

// next sends the filled chunk once the previous one has been accepted, and starts another. Once
// there is a spool, it spools the chunk instead.
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
			out.fail(sent.err) // stops reading the source
		}
	}()
}

// canDoWithout reports whether an ordinary upload can replace the live one that failed with err:
// all ciphertext is still in memory, and a host responded but refuses live uploads. Most voice
// messages have only one chunk, so they can.
func (out *liveWriter) canDoWithout(err error) bool {
	return out.maySpool && out.chunks == 1 && (errors.Is(err, resume.ErrLiveUnsupported) || out.live.Refused())
}

// fallBack switches to a spool.
func (out *liveWriter) fallBack(why error) {
	out.spool, out.refusal = spool.New(out.spoolMemory), why
	out.keep(out.leaving)
	out.leaving = nil
}

// settle waits for the chunk that is being sent. It re-panics if the progress callback panicked, so
// that the caller of UploadLive can recover.
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
		out.err = fmt.Errorf("failed to continue as an ordinary upload: %w", err)
	}
}

// stop cancels the chunk that is being sent and closes the spool.
func (out *liveWriter) stop() {
	out.fail(nil)
	out.settle()
	if out.spool != nil {
		_ = out.spool.Close()
	}
}
