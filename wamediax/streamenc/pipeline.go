package streamenc

const (
	maxWorkers = 4

	streamPiece = 64 << 10 // bytes of one piece of a long stream
	smallPiece  = 16 << 10 // for a short stream, or without helpers
	ringPieces  = 8

	// worthSharing is the size in bytes from which helpers pay off. On two idle cores, one saves a
	// third of the time for 1 MiB, a quarter for 384 KiB, and 8 % for 100 KiB. On a busy machine it
	// costs time: 8 % for 1 MiB, 15 % for 256 KiB, 25 % for 100 KiB.
	worthSharing = 256 << 10
)

// piece is a part of a stream that passes through a pipeline. Its buffers are reused for later
// pieces.
type piece struct {
	plain, enc []byte // contents of this piece
	// buffers of plain and enc; nil if those point to the caller's memory
	plainBuf, encBuf *buffer
	last             bool // when decrypting: it has the last block and the MAC
	// when decrypting: the ciphertext after enc, unless this is the last piece
	ahead [blockSize]byte
	err   error // set by the last step of work
}

// pipeline passes the pieces of a stream through read, all of work, and write. Each step handles
// all pieces in order.
type pipeline struct {
	ring  []piece
	read  func(p *piece) error // fills a piece; io.EOF if there are no more
	work  []func(p *piece)
	write func(p *piece) error
}

// run works until the first error and returns it: io.EOF at the end of the stream. The result is
// that of runAlone. Only the caller's goroutine reads and writes. The last steps of work have a
// goroutine each, as many as the given number of goroutines allows. These have ended when run
// returns, or panics because read or write did.
func (l *pipeline) run(goroutines int) error {
	helpers := min(goroutines-1, len(l.work))
	if helpers == 0 {
		return l.runAlone()
	}
	// A single piece is not worth waking a helper.
	if err := l.read(&l.ring[0]); err != nil {
		return err
	}
	if end := l.read(&l.ring[1]); end != nil {
		if err := l.finish(&l.ring[0]); err != nil {
			return err
		}
		return end
	}
	return l.share(helpers)
}

func (l *pipeline) runAlone() error {
	p := &l.ring[0]
	for {
		if err := l.read(p); err != nil {
			return err
		}
		if err := l.finish(p); err != nil {
			return err
		}
	}
}

// finish passes p through all steps after read.
func (l *pipeline) finish(p *piece) error {
	handle(p, l.work)
	if p.err != nil {
		return p.err
	}
	return l.write(p)
}

func handle(p *piece, work []func(p *piece)) {
	for _, do := range work {
		do(p)
	}
}

// share continues run with helpers, after it has read two pieces.
func (l *pipeline) share(helpers int) error {
	own, helped := l.work[:len(l.work)-helpers], l.work[len(l.work)-helpers:]
	in := make(chan *piece, len(l.ring)) // as many as there are pieces, so sending never blocks
	out := in
	for i, do := range helped {
		group := 1
		if i == len(helped)-1 {
			group = len(l.ring) / 2 // for the caller's goroutine
		}
		out = help(do, out, group)
	}
	var end error // from read
	defer func() {
		if end == nil {
			close(in)
		}
		for range out { // until all helpers have ended
		}
	}()
	for i := range 2 {
		handle(&l.ring[i], own)
		in <- &l.ring[i]
	}
	for read, written := 2, 0; ; {
		switch {
		case end == nil && read-written < len(l.ring) && len(out) == 0:
			p := &l.ring[read%len(l.ring)]
			if end = l.read(p); end != nil {
				close(in)
				continue
			}
			handle(p, own)
			in <- p
			read++
		case written < read:
			p := <-out
			if p.err != nil {
				return p.err
			}
			if err := l.write(p); err != nil {
				return err
			}
			written++
		default:
			return end
		}
	}
}

// help starts a goroutine that runs do for each piece from in, up to one with an error. All pieces
// then go to the returned channel. It sends them in groups as long as there is work, because it
// takes time to wake up the receiver.
func help(do func(p *piece), in <-chan *piece, group int) chan *piece {
	out := make(chan *piece, cap(in))
	go func() {
		defer close(out)
		failed := false
		done := make([]*piece, 0, group)
		for p := range in {
			if !failed {
				do(p)
				failed = p.err != nil
			}
			if done = append(done, p); len(done) < group && len(in) > 0 {
				continue
			}
			for _, p := range done {
				out <- p
			}
			done = done[:0]
		}
	}()
	return out
}
