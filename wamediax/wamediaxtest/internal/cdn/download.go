package cdn

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

func (x *exchange) download() {
	obj, refusal := x.cdn.find(x.r.URL.Path, x.route.query.Get("oh"))
	switch {
	case refusal != nil:
		x.answer(*refusal)
		return
	case obj.source == nil:
		x.answer(errorAnswer(http.StatusNotImplemented, "only the hash of this object was kept: see KeepBytes"))
		return
	case x.effect.instead != nil || x.effect.huge > 0:
		x.answer(answer{status: http.StatusOK})
		return
	}

	part, ok := x.requestedRange(obj.size)
	if !ok {
		x.w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", obj.size))
		x.answer(errorAnswer(http.StatusRequestedRangeNotSatisfiable, "the range is not within the object"))
		return
	}
	if x.effect.waits {
		x.waitFor(x.effect.after)
	}
	header := x.w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Accept-Ranges", "bytes")
	header.Set("ETag", `"`+formatToken(obj.sha256)+`"`)
	status := http.StatusOK
	if part.partial && x.effect.ranges != bareRange {
		status = http.StatusPartialContent
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.start, part.end-1, obj.size))
	}
	x.head(status, part.end-part.start)
	if x.effect.half {
		x.effect.atLimit, x.effect.limit = stopAtLimit, (part.end-part.start)/2
	}
	if x.r.Method != http.MethodHead {
		x.sendPart(obj, part)
	}
}

// sendPart sends the body of a download, as far as the active fault allows.
func (x *exchange) sendPart(obj *object, part byteRange) {
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	left := part.end - part.start
	if x.effect.atLimit != noLimit {
		left = min(left, x.effect.limit)
	}
	for at := part.start; left > 0; {
		piece := buf[:min(left, bufferSize)]
		if n, err := obj.source.ReadAt(piece, at); n < len(piece) {
			panic(fmt.Sprintf("wamediaxtest: reading an object at %d: %v", at, err))
		}
		if flip := x.effect.tamperAt - at; x.effect.tamper && flip >= 0 && flip < int64(len(piece)) {
			piece[flip] ^= 0xff
		}
		x.write(piece)
		at += int64(len(piece))
		left -= int64(len(piece))
	}
	switch x.effect.atLimit {
	case cutAtLimit:
		_ = x.control.Flush()
		x.cut()
	case stopAtLimit:
		_ = x.control.Flush()
		x.hold()
	}
}

// byteRange is a part of an object; end is exclusive.
type byteRange struct {
	start, end int64
	partial    bool // the request has a range
}

// requestedRange returns the part to send. ok is false if the requested part is outside the object.
func (x *exchange) requestedRange(size int64) (byteRange, bool) {
	if x.effect.ranges == ignoreRange {
		return byteRange{end: size}, true
	}
	part, ok := parseRange(x.r.Header.Get("Range"), size)
	if ok && !part.partial {
		part, ok = queryRange(x.route, size)
	}
	if ok && part.partial && x.effect.ranges == wrongRange {
		if part.start == 0 {
			part.start = min(1, part.end-1)
		} else {
			part.start--
			part.end--
		}
	}
	return part, ok
}

// parseRange parses a Range header with one range. For anything else it returns the whole object,
// as RFC 9110 allows.
func parseRange(header string, size int64) (byteRange, bool) {
	whole := byteRange{end: size}
	spec, ok := strings.CutPrefix(header, "bytes=")
	if !ok {
		return whole, true
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return whole, true
	}
	if first == "" {
		suffix, err := strconv.ParseUint(last, 10, 63)
		if err != nil {
			return whole, true
		}
		start := max(size-int64(suffix), 0)
		return byteRange{start: start, end: size, partial: true}, start < size
	}
	start, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return whole, true
	}
	end := size
	if last != "" {
		inclusive, err := strconv.ParseUint(last, 10, 62)
		if err != nil || inclusive < start {
			return whole, true
		}
		end = min(int64(inclusive)+1, size)
	}
	return byteRange{start: int64(start), end: end, partial: true}, int64(start) < size
}

// queryRange parses bytestart and byteend (exclusive). Both are optional.
func queryRange(rt route, size int64) (byteRange, bool) {
	start, hasStart, ok1 := queryNumber(rt.query, "bytestart")
	end, hasEnd, ok2 := queryNumber(rt.query, "byteend")
	if !hasStart && !hasEnd {
		return byteRange{end: size}, true
	}
	if !hasEnd {
		end = size
	}
	end = min(end, size)
	return byteRange{start: start, end: end, partial: true}, ok1 && ok2 && start < end
}
