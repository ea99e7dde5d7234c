package cdn

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

const bufferSize = 64 << 10

// buffers are for reading bodies of any size.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

var errLimit = errors.New("limit of the fault is reached")

func (x *exchange) probe() {
	obj, held := x.cdn.lookUp(x.host, x.route.key)
	if x.effect.forgets {
		x.cdn.forgetPartial(x.host, x.route.key)
	}
	switch {
	case obj != nil:
		a := x.describe(obj)
		a.Resume = "complete"
		x.answer(jsonAnswer(http.StatusOK, a))
	case held > 0:
		x.answer(jsonAnswer(http.StatusOK, uploadAnswer{Resume: strconv.FormatInt(held, 10)}))
	default:
		x.answer(errorAnswer(http.StatusNotFound, "nothing of this object is held"))
	}
}

func (x *exchange) upload() {
	into, complete, refusal := x.cdn.open(x.host, x.route)
	if refusal != nil {
		x.answerEarly(*refusal)
		return
	}
	end, err := x.take(into)
	switch {
	case errors.Is(err, errLimit) && x.effect.late > 0:
		x.delay(into, end)
		x.cut()
	case errors.Is(err, errLimit) && x.effect.atLimit == stopAtLimit:
		x.hold()
	case err != nil:
		x.cut()
	case x.route.total >= 0 && end != x.route.total:
		x.answer(errorAnswer(http.StatusBadRequest, fmt.Sprintf("body ended at %d instead of %d", end, x.route.total)))
	case x.route.kind == LiveChunks:
		x.answer(answer{status: http.StatusOK, body: []byte("{}")})
	case into == nil:
		x.answer(jsonAnswer(http.StatusOK, x.describe(complete)))
	default:
		x.judge(into, end, x.route.key.token)
	}
}

// take reads the body and adds it to into, unless that is nil. It returns the offset in the object
// that it has reached.
func (x *exchange) take(into *partial) (int64, error) {
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	var taken int64
	for {
		room := int64(bufferSize)
		if x.effect.atLimit != noLimit {
			room = min(room, x.effect.limit-taken)
			if room <= 0 && taken != x.r.ContentLength {
				return x.route.offset + taken, errLimit
			}
			room = max(room, 1) // only the end of the body is left to read
		}
		n, err := x.r.Body.Read(buf[:room])
		if n > 0 {
			if into != nil {
				into.add(buf[:n], x.route.offset+taken)
				x.cdn.keep(into)
			}
			taken += int64(n)
			x.cdn.took(x.record, int64(n), false)
		}
		if err == io.EOF {
			return x.route.offset + taken, nil
		} else if err != nil {
			return x.route.offset + taken, err
		}
	}
}

// delay reads the next bytes of the body, which start at offset at, and stores them as late bytes.
func (x *exchange) delay(into *partial, at int64) {
	// A client that disconnects may send fewer.
	data, _ := io.ReadAll(io.LimitReader(x.r.Body, x.effect.late))
	x.cdn.took(x.record, int64(len(data)), false)
	if into == nil {
		return
	}
	into.delay(lateBytes{data: data, at: at, whole: at+int64(len(data)) == x.route.total})
	x.cdn.keep(into)
}

// judge responds to an upload whose last byte has arrived.
func (x *exchange) judge(p *partial, end int64, hash [32]byte) {
	obj, ok := x.cdn.complete(p, end, hash)
	if !ok {
		x.answer(errorAnswer(http.StatusUnsupportedMediaType, "hash of the object does not match the announced one"))
		return
	}
	x.answer(jsonAnswer(http.StatusOK, x.describe(obj)))
}

// finishLive responds to the end of a live upload.
func (x *exchange) finishLive() {
	obj, p := x.cdn.current(x.host, x.route.key)
	switch {
	case obj != nil && obj.sha256 == x.route.finalHash:
		x.answer(jsonAnswer(http.StatusOK, x.describe(obj)))
	case p != nil:
		x.judge(p, p.size.Load(), x.route.finalHash)
	default:
		x.answer(errorAnswer(http.StatusNotFound, "nothing of this live upload is held"))
	}
}

// remove responds to a deletion, which also succeeds if the object does not exist.
func (x *exchange) remove() {
	x.cdn.deleteKey(x.route.key)
	x.answer(answer{status: http.StatusOK, body: []byte("{}")})
}
