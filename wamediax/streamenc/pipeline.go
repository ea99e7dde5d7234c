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
	smallPiece  = 16 << 10 // for a short stream, or with one worker
	ringPieces  = 8

	// worthSharing is the size in bytes from which helpers pay off. For 100 KiB, waking one saves
	// nothing on an idle core and costs time on a busy one.
	worthSharing = 256 << 10
)

// piece is a part of a stream that passes through the stages. Its buffers are reused for later
// pieces.
type piece struct {
	plain, enc []byte // contents of this piece
	// buffers of plain and enc; nil if those point to the caller's memory
	plainBuf, encBuf *buffer
	last             bool // when decrypting: it has the last block and the MAC
	// when decrypting: the ciphertext after enc, unless this is the last piece
	ahead [blockSize]byte
}

// stages is a chain of steps for each piece. The first stage fills the piece, and returns io.EOF if
// there are no more.
type stages interface {
	do(stage int, p *piece) error
}

// errPause is returned by the first stage with a valid piece, to read no further piece in this run.
var errPause = errors.New("paused after this piece")

// errPanicked is returned by later calls after a panic of a reader or writer.
var errPanicked = errors.New("an earlier call panicked")

// pipeline runs pieces through the stages in order: stage i handles piece k after stage i-1 has
// handled it, and after stage i has handled piece k-1. Any number of workers may do that. The
// result is that of a sequential loop: after an error at piece k, every stage still handles all
// pieces before k and none after it, except that earlier stages may have been ahead. Of two errors,
// the one earlier in the stream wins.
type pipeline struct {
	stages  stages
	count   int  // number of stages
	outside uint // bit i: stage i calls foreign code, so only the caller's goroutine runs it
	pull    bool // finished pieces wait for taken; otherwise they are free at once
	ring    []piece

	mu      sync.Mutex
	wake    sync.Cond
	waiting int
	next    [maxStages]int64 // the next piece of each stage
	busy    [maxStages]bool
	taken   int64 // number of pieces that the consumer has finished with
	limit   int64 // no stage handles pieces from here on: the end, or the position of err
	pause   int64 // this run reads no piece from here on
	err     error
	helpers sync.WaitGroup
}

func (p *pipeline) init(s stages, count int, outside uint, ring []piece) {
	p.stages, p.count, p.outside, p.ring = s, count, outside, ring
	p.limit, p.wake.L = math.MaxInt64, &p.mu
	p.next, p.taken, p.err = [maxStages]int64{}, 0, nil
}

// run works until nothing is left to do: at the end, at an error, or when the ring is full of
// finished pieces. When it returns, or panics because foreign code did, all other workers have
// ended.
func (p *pipeline) run(workers int) error {
	defer p.helpers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pause = math.MaxInt64
	defer p.wake.Broadcast() // waiting workers find nothing more to do
	begin := p.next[0]
	for {
		stage, alive := p.find(true)
		switch {
		case stage >= 0:
			p.step(stage)
			if workers > 1 && p.next[0] > begin+1 { // a second piece, so there is work to share
				for range workers - 1 {
					p.helpers.Add(1)
					go p.help() // helpers.Go would allocate twice
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

// find returns a stage for this worker, or -1, and whether any stage is active or will be. The
// caller's goroutine first runs the stages that only it can run, so that others have work, and then
// starts from the front; the others start from the back. So each worker tends to stay at its
// stages, and helps elsewhere while they wait.
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

// step runs a stage on its next piece. The caller holds p.mu, which is released meanwhile.
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
		if stage == 0 && err == io.EOF { // a wrapped io.EOF is a failure of the reader
			err = nil
		}
		p.err = err
	}
	if p.waiting > 0 {
		p.wake.Broadcast()
	}
}

// unlocked releases p.mu while a stage runs. If foreign code in the stage panics, no further step
// starts.
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
