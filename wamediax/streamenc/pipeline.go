package streamenc

import (
	"errors"
	"io"
	"math"
	"sync"
)

const (
	maxStages  = 5
	maxWorkers = 4

	streamPiece = 64 << 10 // bytes of one piece of a long stream
	smallPiece  = 16 << 10 // of a short one, or with one worker
	ringPieces  = 8

	// worthSharing is from how many bytes on helpers pay. Waking one for 100 KiB saves nothing even where a core is idle, and
	// costs time where none is.
	worthSharing = 256 << 10
)

// piece is one stretch of a stream on its way through the stages. Its buffers are used again for later pieces.
type piece struct {
	plain, enc       []byte          // what this piece holds
	plainBuf, encBuf *buffer         // what it is held in; nil where plain and enc point into the caller's memory
	last             bool            // of a stream to decrypt: it has the last block and the MAC
	ahead            [blockSize]byte // of a stream to decrypt: the ciphertext after enc, unless this is the last piece
}

// stages is a chain of steps that each piece goes through. The first one fills the piece; io.EOF from it means that there
// is none.
type stages interface {
	do(stage int, p *piece) error
}

// errPause, from the first stage, means that the piece is good and that this run should read no further one.
var errPause = errors.New("enough read for now")

// errPanicked is what remains of a reader's or writer's panic for whoever recovers from it and goes on.
var errPanicked = errors.New("an earlier call panicked")

// pipeline takes pieces through the stages in order: stage i works on piece k after stage i-1 has, and after it has itself
// worked on piece k-1. Any number of workers may do so. Whatever they overlap, the outcome is that of one loop: after an
// error at piece k, all stages still see every piece before k and none begins a later one, except that the stages in front
// may have been ahead. Of two errors the one earlier in the stream counts.
type pipeline struct {
	stages  stages
	count   int  // of stages
	outside uint // bit i: stage i calls code that is not ours, so only the caller's goroutine does it
	pull    bool // finished pieces wait for taken, else they are free again at once
	ring    []piece

	mu      sync.Mutex
	wake    sync.Cond
	waiting int
	next    [maxStages]int64 // the piece that a stage works on next
	busy    [maxStages]bool
	taken   int64 // pieces that the consumer is done with
	limit   int64 // no piece from here on: the end, or where err happened
	pause   int64 // this run reads no piece from here on
	err     error
	helpers sync.WaitGroup
}

func (p *pipeline) init(s stages, count int, outside uint, ring []piece) {
	p.stages, p.count, p.outside, p.ring = s, count, outside, ring
	p.limit, p.wake.L = math.MaxInt64, &p.mu
	p.next, p.taken, p.err = [maxStages]int64{}, 0, nil
}

// run works until nothing more can be done: to the end, to an error, or until the ring waits to be taken from. When it
// returns, or panics because code that is not ours did, the other workers are gone.
func (p *pipeline) run(workers int) error {
	defer p.helpers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pause = math.MaxInt64
	defer p.wake.Broadcast() // whoever still waits finds nothing more to do
	begin := p.next[0]
	for {
		stage, alive := p.find(true)
		switch {
		case stage >= 0:
			p.step(stage)
			if workers > 1 && p.next[0] > begin+1 { // a second piece: there is something to share
				for range workers - 1 {
					p.helpers.Add(1)
					go p.help() // not helpers.Go, which would allocate twice
				}
				workers = 1
			}
		case alive:
			p.wait()
		default:
			return p.err
		}
	}
}

func (p *pipeline) help() {
	defer p.helpers.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		stage, alive := p.find(false)
		switch {
		case stage >= 0:
			p.step(stage)
		case alive:
			p.wait()
		default:
			return
		}
	}
}

// find returns a stage that this worker can go on with, or -1, and whether any stage is or can be at work. The caller's
// goroutine first does what only it can do, so that the others have something to work on, and then works from the front;
// the others work from the back. So each tends to stay with its stages and helps out where its own wait.
func (p *pipeline) find(caller bool) (stage int, alive bool) {
	stage = -1
	for i := p.count - 1; i >= 0; i-- {
		if p.busy[i] {
			alive = true
			continue
		}
		if !p.ready(i) {
			continue
		}
		alive = true
		outside := p.outside&(1<<i) != 0
		switch {
		case caller && (stage < 0 || p.outside&(1<<stage) == 0):
			stage = i
		case !caller && !outside && stage < 0:
			stage = i
		}
	}
	return stage, alive
}

func (p *pipeline) ready(i int) bool {
	k := p.next[i]
	if k >= p.limit {
		return false
	}
	if i > 0 {
		return k < p.next[i-1]
	}
	free := p.next[p.count-1]
	if p.pull {
		free = p.taken
	}
	return k < p.pause && k-free < int64(len(p.ring))
}

// step works on a stage's next piece. p.mu is held before and after, not meanwhile.
func (p *pipeline) step(stage int) {
	k := p.next[stage]
	p.busy[stage] = true
	err := p.unlocked(stage, &p.ring[k%int64(len(p.ring))])
	p.busy[stage] = false
	if err == errPause {
		p.pause, err = k+1, nil
	}
	if err == nil {
		p.next[stage] = k + 1
	} else if k < p.limit {
		p.limit = k
		if stage == 0 && err == io.EOF { // not a wrapped one: that is somebody's failure
			err = nil
		}
		p.err = err
	}
	if p.waiting > 0 {
		p.wake.Broadcast()
	}
}

// unlocked lets go of p.mu while a stage works. If that panics, which only code that is not ours does, nothing more is begun.
func (p *pipeline) unlocked(stage int, pc *piece) error {
	p.mu.Unlock()
	returned := false
	defer func() {
		p.mu.Lock()
		if !returned {
			p.limit, p.err, p.busy[stage] = 0, errPanicked, false
		}
	}()
	err := p.stages.do(stage, pc)
	returned = true
	return err
}

func (p *pipeline) wait() {
	p.waiting++
	p.wake.Wait()
	p.waiting--
}
