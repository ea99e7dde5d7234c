package stickerpack

import (
	"fmt"
	"strings"
)

// Rule is what a pack has to comply with, or had better.
type Rule string

// Rules: a pack that breaks one of them is not published. Their sources are WhatsApp's published requirements for stickers
// and what WhatsApp Web checks.
const (
	RulePackID         Rule = "pack id"         // 1 to 128 bytes of UTF-8, without /, \, . and control characters; no sticker's hash
	RuleName           Rule = "name"            // not empty, at most 128 characters
	RulePublisher      Rule = "publisher"       // at most 128 characters
	RuleText           Rule = "text"            // valid UTF-8
	RuleCount          Rule = "count"           // 1 to 60 stickers
	RuleFormat         Rule = "format"          // a whole WebP file
	RuleDimensions     Rule = "dimensions"      // exactly 512×512 pixels
	RuleSize           Rule = "size"            // at most 100 KiB, animated 500 KiB
	RuleEmojis         Rule = "emojis"          // at most 3, none of them empty
	RuleUniform        Rule = "uniform"         // all static or all animated
	RuleTrayFormat     Rule = "tray format"     // a static WebP
	RuleTrayDimensions Rule = "tray dimensions" // 96×96 pixels
	RuleTraySize       Rule = "tray size"       // at most 50 KiB
	RuleThumbnail      Rule = "thumbnail"       // a JPEG of at most 2000×2000 pixels
)

// Advice: a pack that does not follow it can be published, but phones may show it less well.
const (
	AdviceCount      Rule = "advised count"         // 3 to 30 stickers, as in packs of the app's own store
	AdvicePublisher  Rule = "advised publisher"     // not empty: people see from whom a pack is
	AdviceEmojis     Rule = "advised emojis"        // at least one, for the search
	AdviceLabel      Rule = "advised label"         // at most 125 characters, animated 255
	AdviceDuration   Rule = "advised duration"      // an animation takes at most 10 s
	AdviceFrames     Rule = "advised frames"        // a frame of an animation takes at least 8 ms
	AdviceDuplicates Rule = "advised no duplicates" // no sticker is there twice
	AdviceThumbnail  Rule = "advised thumbnail"     // 252×252 pixels
)

// The limits of the rules.
const (
	MaxStickers      = 60
	StickerSide      = 512       // pixels
	MaxStaticBytes   = 100 << 10 // of a sticker
	MaxAnimatedBytes = 500 << 10 // of a sticker
	MaxEmojis        = 3         // for a sticker
	TraySide         = 96        // pixels
	MaxTrayBytes     = 50 << 10  // of the tray icon
	ThumbnailSide    = 252       // pixels
	maxIDBytes       = 128       // of the pack's ID
	maxNameChars     = 128       // of its name and of its publisher
	maxThumbnailSide = 2000      // pixels
)

// RuleError is one place at which a pack breaks a rule, or does not follow advice.
type RuleError struct {
	Sticker int // index in Pack.Stickers; -1: it is about the pack as a whole
	Rule    Rule
	Detail  string // what is wrong there, in words
	Err     error  // why the picture could not be read, if that is it
}

// Error names the sticker, if it is about one, the rule, and what is wrong.
func (e *RuleError) Error() string {
	if e.Sticker < 0 {
		return fmt.Sprintf("%s: %s", e.Rule, e.Detail)
	}
	return fmt.Sprintf("stickers[%d]: %s: %s", e.Sticker, e.Rule, e.Detail)
}

// Unwrap returns Err.
func (e *RuleError) Unwrap() error { return e.Err }

// RuleErrors are all places at which a pack breaks a rule, those of the pack before those of its stickers.
type RuleErrors []*RuleError

// Error has a line for each.
func (e RuleErrors) Error() string {
	lines := make([]string, len(e))
	for i, broken := range e {
		lines[i] = broken.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes [errors.Is] and [errors.As] look at each.
func (e RuleErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, broken := range e {
		errs[i] = broken
	}
	return errs
}

// note adds to e.
func (e *RuleErrors) note(sticker int, rule Rule, format string, args ...any) {
	*e = append(*e, &RuleError{Sticker: sticker, Rule: rule, Detail: fmt.Sprintf(format, args...)})
}

// unreadable adds to e what err says.
func (e *RuleErrors) unreadable(sticker int, rule Rule, err error) {
	*e = append(*e, &RuleError{Sticker: sticker, Rule: rule, Detail: err.Error(), Err: err})
}
