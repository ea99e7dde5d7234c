package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
)

// maxDecoded limits the bytes of all decoded streams of a file together.
const maxDecoded = 16 << 20

// streamAt decodes the stream object at offset at.
func (f *file) streamAt(at int64) ([]byte, dict, error) {
	object, end, err := f.objectAt(at, true)
	if err != nil {
		return nil, nil, err
	}
	d, ok := object.(dict)
	if !ok {
		return nil, nil, errors.New("no stream")
	}
	head, err := f.src.Range(end, 32)
	if err != nil {
		return nil, nil, err
	}
	s := scanner{data: head}
	s.skipSpace()
	if !s.take("stream") {
		return nil, nil, errors.New("no stream")
	}
	if s.take("\r\n"); s.at < len(head) && head[s.at-1] != '\n' {
		s.take("\n")
	}
	size, err := f.resolve(d["Length"])
	if err != nil {
		return nil, nil, err
	}
	length, ok := size.(int64)
	if !ok || length < 0 {
		return nil, nil, errors.New("stream has no length")
	}
	data, err := f.decode(io.NewSectionReader(f.src, end+int64(s.at), length), d)
	return data, d, err
}

// decode undoes FlateDecode, the only filter of indexes and object streams in
// practice.
func (f *file) decode(src io.Reader, d dict) ([]byte, error) {
	filter, parms := d["Filter"], d["DecodeParms"]
	if list, ok := filter.(array); ok && len(list) == 1 {
		filter = list[0]
		if list, ok := parms.(array); ok && len(list) == 1 {
			parms = list[0]
		}
	}
	switch filter {
	case nil:
	case name("FlateDecode"):
		z, err := zlib.NewReader(src)
		if err != nil {
			return nil, err
		}
		src = z
	default:
		return nil, fmt.Errorf("stream has unsupported filter %.20v", filter)
	}
	data, err := io.ReadAll(io.LimitReader(src, int64(maxDecoded-f.decoded)+1))
	if f.decoded += len(data); f.decoded > maxDecoded {
		return nil, fmt.Errorf("streams decode to more than %d bytes", maxDecoded)
	}
	if err != nil && len(data) == 0 {
		return nil, err
	}
	p, _ := parms.(dict)
	if predictor, _ := p["Predictor"].(int64); predictor >= 10 {
		columns, ok := p["Columns"].(int64)
		if !ok {
			columns = 1
		}
		return unpredict(data, columns)
	}
	return data, nil
}

// unpredict undoes PNG's filters for pixels of one byte, in place.
func unpredict(data []byte, columns int64) ([]byte, error) {
	if columns < 1 || columns > 1<<16 {
		return nil, fmt.Errorf("stream has invalid rows of %d bytes", columns)
	}
	n := int(columns)
	previous := make([]byte, n)
	out := data[:0]
	for len(data) > n {
		filter, row := data[0], data[1:n+1]
		data = data[n+1:]
		for i := range row {
			var left, corner byte
			if i > 0 {
				left, corner = row[i-1], previous[i-1]
			}
			switch filter {
			case 1:
				row[i] += left
			case 2:
				row[i] += previous[i]
			case 3:
				row[i] += byte((int(left) + int(previous[i])) / 2)
			case 4:
				row[i] += paeth(left, previous[i], corner)
			}
		}
		copy(previous, row)
		out = append(out, row...)
	}
	return out, nil
}

func paeth(left, up, corner byte) byte {
	p := int(left) + int(up) - int(corner)
	l, u, c := abs(p-int(left)), abs(p-int(up)), abs(p-int(corner))
	switch {
	case l <= u && l <= c:
		return left
	case u <= c:
		return up
	}
	return corner
}

func abs(n int) int { return max(n, -n) }

// objectStream has compressed objects of PDF 1.5 and later (ISO 32000-1 section
// 7.5.7).
type objectStream struct {
	data   []byte
	places map[int64]int
}

func (f *file) objectIn(stream, number int64) (any, error) {
	o := f.streams[stream]
	if o == nil {
		var err error
		if o, err = f.readObjectStream(stream); err != nil {
			return nil, err
		}
		f.streams[stream] = o
	}
	at, ok := o.places[number]
	if !ok {
		return nil, errors.New("object is missing in its object stream")
	}
	s := scanner{data: o.data[at:]}
	return s.object(0)
}

func (f *file) readObjectStream(number int64) (*objectStream, error) {
	p, err := f.find(number)
	if err != nil {
		return nil, err
	}
	if p.within != 0 {
		return nil, errors.New("object stream is inside another object stream")
	}
	data, d, err := f.streamAt(f.base + p.offset)
	if err != nil {
		return nil, err
	}
	count, _ := d["N"].(int64)
	first, _ := d["First"].(int64)
	if first < 0 || first > int64(len(data)) {
		return nil, errors.New("object stream is truncated")
	}
	o := &objectStream{data: bytes.Clone(data), places: map[int64]int{}}
	s := scanner{data: data[:first]}
	for range min(count, first) {
		n, err1 := s.object(0)
		at, err2 := s.object(0)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		object, ok1 := n.(int64)
		offset, ok2 := at.(int64)
		if !ok1 || !ok2 || offset < 0 || offset > int64(len(data))-first {
			return nil, errors.New("object stream is broken")
		}
		o.places[object] = int(first + offset)
	}
	return o, nil
}
