package wamediax

import (
	"context"
	"errors"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// liveWriter sends ciphertext in chunks, each while the next is filled. Where the first one is refused because the service
// does not know live uploads, it and everything after it goes into a spool.
type liveWriter struct {
	ctx  context.Context // ends with the caller's, or when a chunk has failed: its cause is then why
	fail context.CancelCauseFunc
	live *resume.Live

	size    int        // of a chunk but the last, in bytes
	filling []byte     // the next one
	leaving []byte     // the one before it, which is kept until a host has taken it
	sent    chan error // tells what has become of that one; nil: nothing is on its way
	err     error      // why no more is taken

	spoolMemory int64
	maySpool    bool
	spool       *spool // nil: all that came was sent, or is about to be
	refusal     error  // why there is a spool
}

func newLiveWriter(ctx context.Context, live *resume.Live, s *uploadSettings, spoolMemory int64) *liveWriter {
	ctx, fail := context.WithCancelCause(ctx)
	return &liveWriter{
		ctx: ctx, fail: fail, live: live, size: int(s.liveChunk),
		spoolMemory: spoolMemory, maySpool: !s.noSpoolFallback,
	}
}

func (out *liveWriter) Write(enc []byte) (int, error) {
	for rest := enc; len(rest) > 0 && out.err == nil; {
		if out.spool != nil {
			out.keep(rest)
			break
		}
		n := min(len(rest), out.size-len(out.filling))
		out.makeRoom(n)
		out.filling = append(out.filling, rest[:n]...)
		rest = rest[n:]
		if len(out.filling) == out.size {
			out.next()
		}
	}
	if out.err != nil {
		return 0, out.err
	}
	return len(enc), nil
}

// makeRoom has filling take n more bytes. What is small takes little memory, and nothing takes more than a chunk.
func (out *liveWriter) makeRoom(n int) {
	need := len(out.filling) + n
	if need <= cap(out.filling) {
		return
	}
	size := min(livePiece, out.size)
	if need > size {
		size = out.size
	}
	out.filling = append(make([]byte, 0, size), out.filling...)
}

// next sends the chunk that was being filled as soon as the one before it has been taken, and begins another.
func (out *liveWriter) next() {
	if out.settle(); out.err != nil || out.spool != nil {
		return
	}
	out.leaving, out.filling = out.filling, out.leaving[:0]
	chunk, sent := out.leaving, make(chan error, 1)
	out.sent = sent
	go func() {
		err := out.live.Send(out.ctx, chunk)
		if err != nil && !out.canDoWithout(err) {
			out.fail(err) // the source need not be read on
		}
		sent <- err
	}()
}

// canDoWithout tells whether an ordinary upload can take the place of the live one.
func (out *liveWriter) canDoWithout(err error) bool {
	return out.maySpool && errors.Is(err, resume.ErrLiveUnsupported)
}

// settle waits for the chunk that is on its way.
func (out *liveWriter) settle() {
	if out.sent == nil {
		return
	}
	err := <-out.sent
	out.sent = nil
	switch {
	case err == nil:
	case out.canDoWithout(err):
		out.spool, out.refusal = &spool{limit: out.spoolMemory}, err
		out.keep(out.leaving)
		out.keep(out.filling)
		out.leaving, out.filling = nil, nil
	default:
		out.err = err
	}
}

func (out *liveWriter) keep(enc []byte) {
	if _, err := out.spool.Write(enc); err != nil && out.err == nil {
		out.err = fmt.Errorf("failed to go on as an ordinary upload: %w", err)
	}
}

// flush sends what is there and waits until it is taken.
func (out *liveWriter) flush() error {
	if out.spool == nil && len(out.filling) > 0 {
		out.next()
	}
	out.settle()
	return out.err
}

// stop ends what is still going on, and lets go of everything.
func (out *liveWriter) stop() {
	out.fail(nil)
	out.settle()
	if out.spool != nil {
		_ = out.spool.Close()
	}
}
