package tour

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"
)

// screen formats the tour's output. The first failed write cancels the tour.
type screen struct {
	out      io.Writer
	cancel   context.CancelCauseFunc
	terminal *os.File // nil if out is not a terminal
}

func newScreen(out io.Writer, cancel context.CancelCauseFunc) *screen {
	s := &screen{out: out, cancel: cancel}
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		s.terminal = file
	}
	return s
}

func (s *screen) Write(p []byte) (int, error) {
	n, err := s.out.Write(p)
	if err != nil {
		s.cancel(fmt.Errorf("failed to write to the terminal or pipe: %w", err))
	}
	return n, err
}

// width returns the most columns of a line, or 0 for no limit.
func (s *screen) width() int {
	if s.terminal == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(s.terminal.Fd()))
	if err != nil {
		return 80
	}
	return max(columns-1, 20) // some terminals already wrap in the last column
}

const indent = "  "

// say writes a paragraph.
func (s *screen) say(format string, args ...any) {
	s.hang(indent, fmt.Sprintf(format, args...))
}

// rows writes a table of two columns.
func (s *screen) rows(rows ...[2]string) {
	first := 0
	for _, row := range rows {
		first = max(first, utf8.RuneCountInString(row[0]))
	}
	for _, row := range rows {
		s.hang(fmt.Sprintf("%s%-*s  ", indent, first, row[0]), row[1])
	}
}

// hang writes text after a label and indents further lines to the beginning of the text.
func (s *screen) hang(label, text string) {
	margin := utf8.RuneCountInString(label)
	for _, line := range wrap(text, s.width()-margin) {
		fmt.Fprintln(s, label+line)
		label = strings.Repeat(" ", margin)
	}
}

// wrap breaks text into lines of at most columns; a negative number means no limit. A longer word
// gets a separate line.
func wrap(text string, columns int) []string {
	if columns < 0 {
		return []string{text}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= columns:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

func size(bytes int64) string { return humanize.IBytes(uint64(bytes)) }
