package retry

import (
	"context"
	"iter"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/fanout"
)

// RequestAll asks for the media of many messages, a bounded number at a time (see [WithParallelism] and [WithPace]), and yields what became
// of each, as the answers come: the index into reqs, and the result or the error. Every index is yielded once. One failing
// stops none.
//
//	for i, outcome := range requester.RequestAll(ctx, reqs) {
//		switch {
//		case outcome.Err != nil:
//			log.Warnf("Message %s: %v", reqs[i].MessageID, outcome.Err)
//		case outcome.Result.Status == retry.Success:
//			store(reqs[i].MessageID, outcome.Result.DirectPath)
//		}
//	}
//
// Requests for the same message share one receipt and one answer. When ctx is done, what is left is yielded with its cause
// as error, and nothing more is sent. Breaking out of the loop cancels what is under way and waits until that has ended; so
// no goroutine outlives the loop. Ranging over the sequence again asks again. The answers are taken in whatever the loop's
// body does meanwhile; but a slow body delays the requests that are not yet under way.
func (r *Requester) RequestAll(ctx context.Context, reqs []Request) iter.Seq2[int, Outcome] {
	return func(yield func(int, Outcome) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		batches := r.batches(ctx, reqs)
		pace := fanout.NewPace(r.pace)
		ask := func(ctx context.Context, b *batch) Outcome { return b.ask(ctx, r, pace, reqs[b.indices[0]]) }
		for n, outcome := range fanout.Each(ctx, r.parallelism, batches, ask) {
			for _, i := range batches[n].indices {
				if !yield(i, outcome) {
					return
				}
			}
		}
	}
}

// batch is one question of RequestAll with the requests that it answers.
type batch struct {
	message
	indices []int
	err     error // there is nothing to ask
}

// batches puts requests together that are for the same message.
func (r *Requester) batches(ctx context.Context, reqs []Request) []*batch {
	type identity struct {
		message
		mediaKey [mediaKeySize]byte
	}
	who := people{cli: r.cli, known: make(map[types.JID]types.JID)}
	first := make(map[identity]*batch, len(reqs))
	batches := make([]*batch, 0, len(reqs))
	for i, req := range reqs {
		msg, err := r.examine(ctx, who, req)
		if err != nil {
			batches = append(batches, &batch{indices: []int{i}, err: describe(err, req)})
			continue
		}
		id := identity{message: msg, mediaKey: [mediaKeySize]byte(req.MediaKey)}
		b := first[id]
		if b == nil {
			b = &batch{message: msg}
			first[id] = b
			batches = append(batches, b)
		}
		b.indices = append(b.indices, i)
	}
	return batches
}

// ask asks the question, which req and maybe others have.
func (b *batch) ask(ctx context.Context, r *Requester, pace *fanout.Pace, req Request) Outcome {
	if b.err != nil {
		return Outcome{Err: b.err}
	}
	if err := pace.Wait(ctx); err != nil {
		return Outcome{Err: describe(err, req)}
	}
	result, err := r.ask(ctx, b.message, req)
	return Outcome{Result: result, Err: err}
}
