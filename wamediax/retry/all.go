package retry

import (
	"context"
	"iter"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/fanout"
)

// RequestAll requests the media of many messages, several at a time (see [WithParallelism] and
// [WithPace]). It yields each index of reqs once, with the result or error, in the order of the
// answers. A failure does not stop the others.
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
// Requests for the same message share one receipt and one answer. When ctx ends, RequestAll sends
// nothing more and yields the remaining requests with the cause of ctx as error. Breaking out of
// the loop cancels the active requests and waits for them, so that no goroutine outlives the loop.
// Ranging over the sequence again sends the requests again. A slow loop body delays no active
// request, only those not yet sent.
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

// batch is the requests of RequestAll for one message.
type batch struct {
	message
	indices []int
	err     error // the requests are invalid; nothing is sent
}

// batches groups requests for the same message.
func (r *Requester) batches(ctx context.Context, reqs []Request) []*batch {
	type identity struct {
		message
		mediaKey [mediaKeySize]byte
	}
	names := addressBook{cli: r.cli, known: make(map[types.JID]types.JID)}
	first := make(map[identity]*batch, len(reqs))
	batches := make([]*batch, 0, len(reqs))
	for i, req := range reqs {
		msg, err := r.examine(ctx, names, req)
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

// ask sends req, which stands for all requests of the batch.
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
