package stickerpack

import (
	"bytes"
	"crypto/sha256"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
)

// Validate says what keeps p from being published: nil, or every broken rule, as [RuleErrors]. It looks at headers and does
// not decode the stickers.
func (p *Pack) Validate() error {
	if broken := p.check().broken; len(broken) > 0 {
		return broken
	}
	return nil
}

// Warnings says what phones may not like of a pack that can be published all the same. To look for duplicates it reads
// every sticker whole.
func (p *Pack) Warnings() RuleErrors {
	checked := p.check()
	advice := checked.advice
	first := make(map[string]int)
	for i := range p.Stickers {
		name, err := hashName(p.Stickers[i].content())
		if err != nil {
			continue // Validate says so
		}
		if before, ok := first[name]; ok {
			advice.note(i, AdviceDuplicates, "it is the same as stickers[%d]", before)
		} else {
			first[name] = i
		}
	}
	return advice
}

// checked is a pack's state.
type checked struct {
	broken, advice RuleErrors
	animated       []bool // for each sticker
}

func (p *Pack) check() *checked {
	c := &checked{animated: make([]bool, len(p.Stickers))}
	c.pack(p)
	c.covers(p)
	known := make([]bool, len(p.Stickers)) // whether it is animated
	for i := range p.Stickers {
		known[i] = c.sticker(i, &p.Stickers[i])
	}
	c.uniform(known)
	return c
}

func (c *checked) pack(p *Pack) {
	if reason := badID(p.ID); reason != "" {
		c.broken.note(-1, RulePackID, "%s", reason)
	}
	if n := utf8.RuneCountInString(p.Name); n == 0 || n > maxNameChars {
		c.broken.note(-1, RuleName, "it has %d characters, 1 to %d are allowed", n, maxNameChars)
	}
	switch n := utf8.RuneCountInString(p.Publisher); {
	case n > maxNameChars:
		c.broken.note(-1, RulePublisher, "it has %d characters, at most %d are allowed", n, maxNameChars)
	case n == 0:
		c.advice.note(-1, AdvicePublisher, "it is empty")
	}
	for _, text := range []struct{ name, text string }{
		{"name", p.Name}, {"publisher", p.Publisher}, {"description", p.Description}, {"caption", p.Caption},
	} {
		if !utf8.ValidString(text.text) {
			c.broken.note(-1, RuleText, "the %s is not valid UTF-8", text.name)
		}
	}
	if n := len(p.Stickers); n < 1 || n > MaxStickers {
		c.broken.note(-1, RuleCount, "it has %d stickers, 1 to %d are allowed", n, MaxStickers)
	} else if n < 3 || n > 30 {
		c.advice.note(-1, AdviceCount, "it has %d stickers, 3 to 30 are usual", n)
	}
}

func badID(id string) string {
	switch {
	case id == "":
		return "it is empty"
	case len(id) > maxIDBytes:
		return "it is longer than 128 bytes"
	case !utf8.ValidString(id):
		return "it is not valid UTF-8"
	case strings.ContainsAny(id, `/\.`):
		return `it contains /, \ or .`
	case strings.ContainsFunc(id, unicode.IsControl):
		return "it contains a control character"
	case isHashName(id):
		return "it looks like the name of a sticker"
	}
	return ""
}

// covers looks at the tray icon and at the thumbnail, where the caller gave them.
func (c *checked) covers(p *Pack) {
	if p.TrayIcon != nil {
		if len(p.TrayIcon) > MaxTrayBytes {
			c.broken.note(-1, RuleTraySize, "it has %d bytes, at most %d are allowed", len(p.TrayIcon), MaxTrayBytes)
		}
		switch file, err := webpfile.Parse(bytes.NewReader(p.TrayIcon), int64(len(p.TrayIcon))); {
		case err != nil:
			c.broken.unreadable(-1, RuleTrayFormat, err)
		case file.Animated:
			c.broken.note(-1, RuleTrayFormat, "it is animated")
		case file.Width != TraySide || file.Height != TraySide:
			c.broken.note(-1, RuleTrayDimensions, "it has %d×%d pixels, %[3]d×%[3]d are required", file.Width, file.Height, TraySide)
		}
	}
	if p.Thumbnail != nil {
		switch config, err := jpeg.DecodeConfig(bytes.NewReader(p.Thumbnail)); {
		case err != nil:
			c.broken.unreadable(-1, RuleThumbnail, err)
		case config.Width > maxThumbnailSide || config.Height > maxThumbnailSide:
			c.broken.note(-1, RuleThumbnail, "it has %d×%d pixels, at most %[3]d×%[3]d are allowed", config.Width, config.Height, maxThumbnailSide)
		case config.Width != ThumbnailSide || config.Height != ThumbnailSide:
			c.advice.note(-1, AdviceThumbnail, "it has %d×%d pixels, %[3]d×%[3]d are usual", config.Width, config.Height, ThumbnailSide)
		}
	}
}

// sticker looks at one sticker, and reports whether it is known to be animated or not.
func (c *checked) sticker(i int, s *Sticker) (known bool) {
	if len(s.Emojis) > MaxEmojis {
		c.broken.note(i, RuleEmojis, "it has %d, at most %d are allowed", len(s.Emojis), MaxEmojis)
	}
	if slices.Contains(s.Emojis, "") {
		c.broken.note(i, RuleEmojis, "one is empty")
	}
	if len(s.Emojis) == 0 {
		c.advice.note(i, AdviceEmojis, "it has none")
	}
	if !utf8.ValidString(s.Label) || !utf8.ValidString(strings.Join(s.Emojis, "")) {
		c.broken.note(i, RuleText, "the label or an emoji is not valid UTF-8")
	}
	content := s.content()
	file, err := webpfile.Parse(content, content.Size())
	if err != nil {
		c.broken.unreadable(i, RuleFormat, err)
		return false
	}
	c.animated[i] = file.Animated
	kind, maxBytes, maxLabel := "a static", int64(MaxStaticBytes), 125
	if file.Animated {
		kind, maxBytes, maxLabel = "an animated", MaxAnimatedBytes, 255
	}
	if file.Width != StickerSide || file.Height != StickerSide {
		c.broken.note(i, RuleDimensions, "it has %d×%d pixels, %[3]d×%[3]d are required", file.Width, file.Height, StickerSide)
	}
	if content.Size() > maxBytes {
		c.broken.note(i, RuleSize, "it has %d bytes, %s sticker may have %d", content.Size(), kind, maxBytes)
	}
	if n := utf8.RuneCountInString(s.Label); n > maxLabel {
		c.advice.note(i, AdviceLabel, "it has %d characters, %s sticker may have %d", n, kind, maxLabel)
	}
	if file.Animated {
		c.timing(i, file)
	}
	return true
}

func (c *checked) timing(i int, file *webpfile.File) {
	if took := file.Duration(); took > 10*time.Second {
		c.advice.note(i, AdviceDuration, "it takes %v, 10s are shown", took)
	}
	for n, frame := range file.Frames {
		if frame.Duration < 8*time.Millisecond {
			c.advice.note(i, AdviceFrames, "frame %d takes %v, the shortest that is shown is 8ms", n, frame.Duration)
			return
		}
	}
}

// uniform names the stickers that are in the minority.
func (c *checked) uniform(known []bool) {
	var static, animated []int
	for i := range known {
		switch {
		case known[i] && c.animated[i]:
			animated = append(animated, i)
		case known[i]:
			static = append(static, i)
		}
	}
	odd, kind, others := animated, "animated", "static"
	if len(static) < len(animated) {
		odd, kind, others = static, "static", "animated"
	}
	if len(static) == 0 || len(animated) == 0 {
		return
	}
	for _, i := range odd {
		c.broken.note(i, RuleUniform, "it is %s, others are %s", kind, others)
	}
}

// hashName is the name that a sticker has in the zip.
func hashName(content *io.SectionReader) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(content, 0, content.Size())); err != nil {
		return "", err
	}
	return nameOf(hash.Sum(nil)), nil
}
