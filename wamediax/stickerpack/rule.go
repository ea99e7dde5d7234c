package stickerpack

import (
	"fmt"
	"strings"
)

// Rule names a requirement, or a recommendation, for packs.
type Rule string

// Requirements. A pack that violates one of them is not published. They come from WhatsApp's
// published requirements for stickers and from the checks of WhatsApp Web.
const (
	// 1 to 128 bytes of UTF-8, without /, \, . and control characters; not a sticker's hash
	RulePackID         Rule = "pack id"
	RuleName           Rule = "name"            // not empty, at most 128 characters
	RulePublisher      Rule = "publisher"       // at most 128 characters
	RuleText           Rule = "text"            // valid UTF-8
	RuleCount          Rule = "count"           // 1 to 60 stickers
	RuleFormat         Rule = "format"          // a complete WebP file
	RuleDimensions     Rule = "dimensions"      // exactly 512×512 pixels
	RuleSize           Rule = "size"            // at most 100 KiB, animated 500 KiB
	RuleEmojis         Rule = "emojis"          // at most 3, none of them empty
	RuleUniform        Rule = "uniform"         // all static or all animated
	RuleTrayFormat     Rule = "tray format"     // a static WebP
	RuleTrayDimensions Rule = "tray dimensions" // 96×96 pixels
	RuleTraySize       Rule = "tray size"       // at most 50 KiB
	RuleThumbnail      Rule = "thumbnail"       // a JPEG of at most 2000×2000 pixels
)

// Recommendations. A pack that violates one of them can be published, but phones may display it
// badly.
const (
	// 3 to 30 stickers, like the packs in the app's own store
	AdviceCount Rule = "advised count"
	// not empty: recipients see who published a pack
	AdvicePublisher Rule = "advised publisher"
	AdviceEmojis    Rule = "advised emojis"   // at least one, for search
	AdviceLabel     Rule = "advised label"    // at most 125 characters, animated 255
	AdviceDuration  Rule = "advised duration" // an animation lasts at most 10 s
	// each frame of an animation lasts at least 8 ms
	AdviceFrames     Rule = "advised frames"
	AdviceDuplicates Rule = "advised no duplicates" // no sticker appears twice
	AdviceThumbnail  Rule = "advised thumbnail"     // 252×252 pixels
)

// Limits that the rules apply.
const (
	MaxStickers      = 60
	StickerSide      = 512       // pixels
	MaxStaticBytes   = 100 << 10 // per sticker
	MaxAnimatedBytes = 500 << 10 // per sticker
	MaxEmojis        = 3         // per sticker
	TraySide         = 96        // pixels
	MaxTrayBytes     = 50 << 10  // for the tray icon
	ThumbnailSide    = 252       // pixels
	maxIDBytes       = 128       // for the pack's ID
	maxNameChars     = 128       // for the pack's name and publisher
	maxThumbnailSide = 2000      // pixels
)

// RuleError is one violation of a rule or recommendation.
type RuleError struct {
	Sticker int // index in Pack.Stickers, or -1 if the violation concerns the whole pack
	Rule    Rule
	Detail  string // what is wrong
	Err     error  // why the picture could not be read, or nil
}

// Error returns the sticker's index, if there is one, the rule, and what is wrong.
func (e *RuleError) Error() string {
	if e.Sticker < 0 {
		return fmt.Sprintf("%s: %s", e.Rule, e.Detail)
	}
	return fmt.Sprintf("stickers[%d]: %s: %s", e.Sticker, e.Rule, e.Detail)
}

// Unwrap returns Err.
func (e *RuleError) Unwrap() error { return e.Err }

// RuleErrors lists all violations found in a pack: first those of the whole pack, then those of its
// stickers.
type RuleErrors []*RuleError

// Error joins all violations with "; ".
func (e RuleErrors) Error() string {
	lines := make([]string, len(e))
	for i, broken := range e {
		lines[i] = broken.Error()
	}
	return strings.Join(lines, "; ")
}

// Unwrap lets [errors.Is] and [errors.As] examine each violation.
func (e RuleErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, broken := range e {
		errs[i] = broken
	}
	return errs
}

func (e *RuleErrors) add(sticker int, rule Rule, format string, args ...any) {
	*e = append(*e, &RuleError{Sticker: sticker, Rule: rule, Detail: fmt.Sprintf(format, args...)})
}

// addUnreadable adds err as a violation.
func (e *RuleErrors) addUnreadable(sticker int, rule Rule, err error) {
	*e = append(*e, &RuleError{Sticker: sticker, Rule: rule, Detail: err.Error(), Err: err})
}
