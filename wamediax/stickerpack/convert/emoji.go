package convert

import (
	"strings"
	"unicode"
)

const (
	joiner         = '\u200d' // joins several emojis into one, such as a family
	emojiStyle     = '\ufe0f' // requests the coloured form
	enclosing      = '\u20e3' // makes a keycap of a digit
	blackFlag      = '\U0001f3f4'
	firstIndicator = '\U0001f1e6' // regional indicators: two make a flag
	lastIndicator  = '\U0001f1ff'
)

// emojisIn returns the emojis in text, each with its modifiers, joined parts, or both letters of a
// flag.
func emojisIn(text string) []string {
	var found []string
	runes := []rune(text)
	for i := 0; i < len(runes); {
		n := emojiAt(runes[i:])
		if n == 0 {
			i++
			continue
		}
		found = append(found, string(runes[i:i+n]))
		i += n
	}
	return found
}

// emojiAt returns the length in runes of the emoji at the start of text, or 0 if there is none (UTS
// #51).
func emojiAt(text []rune) int {
	at := func(i int) rune {
		if i < len(text) {
			return text[i]
		}
		return 0
	}
	switch {
	case strings.ContainsRune("0123456789#*", at(0)):
		if at(1) == emojiStyle && at(2) == enclosing {
			return 3
		}
		if at(1) == enclosing {
			return 2
		}
		return 0
	case isIndicator(at(0)):
		if isIndicator(at(1)) {
			return 2
		}
		return 0
	case !isEmoji(at(0)):
		return 0
	}
	n := 1
	for {
		switch r := at(n); {
		case r == emojiStyle || isSkinTone(r) || isTag(r) && text[0] == blackFlag:
			n++
		case r == joiner && isEmoji(at(n+1)):
			n += 2
		default:
			return n
		}
	}
}

func isIndicator(r rune) bool { return r >= firstIndicator && r <= lastIndicator }

func isSkinTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// isTag reports whether r is a tag character. Tags after a black flag select a region, such as
// Scotland.
func isTag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

// isEmoji reports whether r can begin an emoji. It also accepts symbols that are emojis only in
// some contexts, which is right for file names.
func isEmoji(r rune) bool {
	return r >= 0x2190 && !isIndicator(r) && unicode.In(r, unicode.So, unicode.Sm, unicode.Sk) || r == '©' || r == '®' || r == '‼' || r == '⁉' || r == '™' || r == '〰' || r == '〽'
}
