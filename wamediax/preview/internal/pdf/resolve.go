package pdf

import (
	"errors"
	"fmt"
)

// maxRefs limits chains of objects that are needed to read each other.
const maxRefs = 8

// dict resolves an object and checks that it is a dictionary.
func (f *file) dict(object any) (dict, error) {
	resolved, err := f.resolve(object)
	if err != nil {
		return nil, err
	}
	d, ok := resolved.(dict)
	if !ok {
		return nil, errors.New("catalog or page tree is not a dictionary")
	}
	return d, nil
}

// resolve returns the object that a reference refers to.
func (f *file) resolve(object any) (any, error) {
	r, ok := object.(reference)
	if !ok {
		return object, nil
	}
	if f.depth++; f.depth > maxRefs {
		return nil, errors.New("objects refer to one another in a circle")
	}
	defer func() { f.depth-- }()
	p, err := f.find(int64(r))
	if err != nil {
		return nil, err
	}
	if p.within == 0 {
		object, _, err = f.objectAt(f.base+p.offset, true)
	} else {
		object, err = f.objectIn(p.within, int64(r))
	}
	if err != nil {
		return nil, fmt.Errorf("object %d: %w", r, err)
	}
	return f.resolve(object)
}

// objectAt reads an object, after "7 0 obj" if it is numbered, and returns the
// offset of its end.
func (f *file) objectAt(at int64, numbered bool) (any, int64, error) {
	const small, large = 4 << 10, 2 << 20
	for _, window := range []int64{small, large} {
		data, err := f.src.Range(at, window)
		if err != nil {
			return nil, 0, err
		}
		s := scanner{data: data}
		object, err := s.numberedObject(numbered)
		if errors.Is(err, errCutOff) && window == small && int64(len(data)) == window {
			continue
		}
		return object, at + int64(s.at), err
	}
	return nil, 0, errCutOff
}

func (s *scanner) numberedObject(numbered bool) (any, error) {
	for i := 0; numbered && i < 3; i++ {
		prefix, err := s.object(0)
		if err != nil {
			return nil, err
		}
		if _, isNumber := prefix.(int64); i < 2 && !isNumber || i == 2 && prefix != keyword("obj") {
			return nil, errors.New("index points to a different object")
		}
	}
	return s.object(0)
}
