package pdf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

const maxDepth = 32 // nesting of arrays and dictionaries

// The objects of ISO 32000-1 section 7.3. Numbers are int64 or float64. Null and
// objects that this package does not need are nil.
type (
	name      string
	text      string // a string's bytes
	reference int64  // object number; a reader can ignore generations
	array     []any
	dict      map[name]any
	keyword   string // "obj", "stream", "trailer", …
)

var errCutOff = errors.New("object is truncated")

// scanner reads objects from a piece of a file.
type scanner struct {
	data []byte
	at   int
}

func isSpace(b byte) bool {
	return b == 0 || b == '\t' || b == '\n' || b == '\f' || b == '\r' || b == ' '
}
func isDelimiter(b byte) bool {
	return bytes.IndexByte([]byte("()<>[]{}/%"), b) >= 0
}

func (s *scanner) skipSpace() {
	for s.at < len(s.data) {
		switch b := s.data[s.at]; {
		case isSpace(b):
			s.at++
		case b == '%':
			for s.at < len(s.data) && s.data[s.at] != '\n' && s.data[s.at] != '\r' {
				s.at++
			}
		default:
			return
		}
	}
}

// word returns the characters up to the next space or delimiter.
func (s *scanner) word() []byte {
	start := s.at
	for s.at < len(s.data) && !isSpace(s.data[s.at]) && !isDelimiter(s.data[s.at]) {
		s.at++
	}
	return s.data[start:s.at]
}

func (s *scanner) take(prefix string) bool {
	if !bytes.HasPrefix(s.data[s.at:], []byte(prefix)) {
		return false
	}
	s.at += len(prefix)
	return true
}

// object reads the next object, or a keyword.
func (s *scanner) object(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("objects are nested more than %d deep", maxDepth)
	}
	s.skipSpace()
	if s.at >= len(s.data) {
		return nil, errCutOff
	}
	switch {
	case s.take("/"):
		return s.name(), nil
	case s.take("("):
		return s.text()
	case s.take("<<"):
		return s.dict(depth)
	case s.take("<"):
		return s.hexText()
	case s.take("["):
		var a array
		for {
			if s.skipSpace(); s.take("]") {
				return a, nil
			}
			element, err := s.object(depth + 1)
			if err != nil {
				return nil, err
			}
			a = append(a, element)
		}
	}
	word := s.word()
	if len(word) == 0 {
		return nil, fmt.Errorf("unexpected character %q", s.data[s.at])
	}
	if number, err := strconv.ParseInt(string(word), 10, 64); err == nil {
		return s.maybeReference(number), nil
	}
	if number, err := strconv.ParseFloat(string(word), 64); err == nil {
		return number, nil
	}
	if string(word) == "null" {
		return nil, nil
	}
	return keyword(word), nil
}

// maybeReference reads the rest of "7 0 R", if that is what number begins.
func (s *scanner) maybeReference(number int64) any {
	start := s.at
	s.skipSpace()
	if _, err := strconv.ParseUint(string(s.word()), 10, 16); err == nil {
		s.skipSpace()
		if string(s.word()) == "R" {
			return reference(number)
		}
	}
	s.at = start
	return number
}

func (s *scanner) name() name {
	word := s.word()
	if bytes.IndexByte(word, '#') < 0 {
		return name(word)
	}
	var out []byte
	for i := 0; i < len(word); i++ {
		if word[i] == '#' && i+2 < len(word) {
			if code, err := strconv.ParseUint(string(word[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(code))
				i += 2
				continue
			}
		}
		out = append(out, word[i])
	}
	return name(out)
}

func (s *scanner) dict(depth int) (any, error) {
	d := dict{}
	for {
		if s.skipSpace(); s.take(">>") {
			return d, nil
		}
		key, err := s.object(depth + 1)
		if err != nil {
			return nil, err
		}
		k, ok := key.(name)
		if !ok {
			return nil, fmt.Errorf("dictionary key %.20v is not a name", key)
		}
		if d[k], err = s.object(depth + 1); err != nil {
			return nil, err
		}
	}
}

func (s *scanner) hexText() (any, error) {
	end := bytes.IndexByte(s.data[s.at:], '>')
	if end < 0 {
		return nil, errCutOff
	}
	digits := bytes.Join(bytes.Fields(s.data[s.at:s.at+end]), nil)
	s.at += end + 1
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	out := make([]byte, len(digits)/2)
	if _, err := hex.Decode(out, digits); err != nil {
		return nil, err
	}
	return text(out), nil
}

// text reads a string in parentheses, which can contain others.
func (s *scanner) text() (any, error) {
	var out []byte
	for open := 1; s.at < len(s.data); s.at++ {
		b := s.data[s.at]
		switch b {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				s.at++
				return text(out), nil
			}
		case '\\':
			s.at++
			var ok bool
			if b, ok = s.escape(); !ok {
				continue
			}
		}
		out = append(out, b)
	}
	return nil, errCutOff
}

// escape reads an escape sequence after its backslash. It returns false if the
// sequence stands for no character.
func (s *scanner) escape() (byte, bool) {
	if s.at >= len(s.data) {
		return 0, false
	}
	b := s.data[s.at]
	switch b {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case '\r':
		if s.at+1 < len(s.data) && s.data[s.at+1] == '\n' {
			s.at++
		}
		return 0, false
	case '\n':
		return 0, false
	}
	if b < '0' || b > '7' {
		return b, true
	}
	code := b - '0'
	for range 2 {
		if s.at+1 >= len(s.data) || s.data[s.at+1] < '0' || s.data[s.at+1] > '7' {
			break
		}
		s.at++
		code = code<<3 | s.data[s.at] - '0'
	}
	return code, true
}
