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

// Validate returns every broken rule as [RuleErrors], or nil if p can be published. It reads
// headers only and does not decode stickers.
func (p *Pack) Validate() error {
	if broken := p.check().broken; len(broken) > 0 {
		return broken
	}
	return nil
}

// Warnings returns every recommendation that p does not follow, whether or not it is valid. It
// reads each sticker completely, to find duplicates.
func (p *Pack) Warnings() RuleErrors {
	checked := p.check()
	advice := checked.advice
	first := make(map[string]int)
	for i := range p.Stickers {
		name, err := hashName(p.Stickers[i].content())
		if err != nil {
			continue // Validate reports it
		}
		if before, ok := first[name]; ok {
			advice.add(i, AdviceDuplicates, "same as stickers[%d]", before)
		} else {
			first[name] = i
		}
	}
	return advice
}

// checked is the result of checking a pack.
type checked struct {
	broken, advice RuleErrors
	animated       []bool // per sticker
}

func (p *Pack) check() *checked {
	c := &checked{animated: make([]bool, len(p.Stickers))}
	c.pack(p)
	c.covers(p)
	known := make([]bool, len(p.Stickers)) // whether animated[i] is known
	for i := range p.Stickers {
		known[i] = c.sticker(i, &p.Stickers[i])
	}
	c.uniform(known)
	return c
}

func (c *checked) pack(p *Pack) {
	if reason := badID(p.ID); reason != "" {
		c.broken.add(-1, RulePackID, "%s", reason)
	}
	if n := utf8.RuneCountInString(p.Name); n == 0 || n > maxNameChars {
		c.broken.add(-1, RuleName, "%d characters long, must be 1 to %d", n, maxNameChars)
	}
	switch n := utf8.RuneCountInString(p.Publisher); {
	case n > maxNameChars:
		c.broken.add(-1, RulePublisher, "%d characters long, limit is %d", n, maxNameChars)
	case n == 0:
		c.advice.add(-1, AdvicePublisher, "empty")
	}
	for _, text := range []struct{ name, text string }{
		{"name", p.Name}, {"publisher", p.Publisher}, {"description", p.Description}, {"caption", p.Caption},
	} {
		if !utf8.ValidString(text.text) {
			c.broken.add(-1, RuleText, "the %s is not valid UTF-8", text.name)
		}
	}
	if n := len(p.Stickers); n < 1 || n > MaxStickers {
		c.broken.add(-1, RuleCount, "%d stickers, must be 1 to %d", n, MaxStickers)
	} else if n < 3 || n > 30 {
		c.advice.add(-1, AdviceCount, "%d stickers, 3 to 30 are usual", n)
	}
}

func badID(id string) string {
	switch {
	case id == "":
		return "empty"
	case len(id) > maxIDBytes:
		return "longer than 128 bytes"
	case !utf8.ValidString(id):
		return "not valid UTF-8"
	case strings.ContainsAny(id, `/\.`):
		return `contains /, \ or .`
	case strings.ContainsFunc(id, unicode.IsControl):
		return "contains a control character"
	case isHashName(id):
		return "looks like a sticker's file name"
	}
	return ""
}

// covers checks the tray icon and the thumbnail, if the caller provided them.
func (c *checked) covers(p *Pack) {
	if p.TrayIcon != nil {
		if len(p.TrayIcon) > MaxTrayBytes {
			c.broken.add(-1, RuleTraySize, "%d bytes, limit is %d", len(p.TrayIcon), MaxTrayBytes)
		}
		switch file, err := webpfile.Parse(bytes.NewReader(p.TrayIcon), int64(len(p.TrayIcon))); {
		case err != nil:
			c.broken.addUnreadable(-1, RuleTrayFormat, err)
		case file.Animated:
			c.broken.add(-1, RuleTrayFormat, "animated, must be static")
		case file.Width != TraySide || file.Height != TraySide:
			c.broken.add(-1, RuleTrayDimensions, "%d×%d pixels, must be %[3]d×%[3]d", file.Width, file.Height, TraySide)
		}
	}
	if p.Thumbnail != nil {
		switch config, err := jpeg.DecodeConfig(bytes.NewReader(p.Thumbnail)); {
		case err != nil:
			c.broken.addUnreadable(-1, RuleThumbnail, err)
		case config.Width > maxThumbnailSide || config.Height > maxThumbnailSide:
			c.broken.add(-1, RuleThumbnail, "%d×%d pixels, limit is %[3]d×%[3]d", config.Width, config.Height, maxThumbnailSide)
		case config.Width != ThumbnailSide || config.Height != ThumbnailSide:
			c.advice.add(-1, AdviceThumbnail, "%d×%d pixels, %[3]d×%[3]d is usual", config.Width, config.Height, ThumbnailSide)
		}
	}
}

// sticker checks one sticker and reports whether c.animated[i] is known.
func (c *checked) sticker(i int, s *Sticker) (known bool) {
	if len(s.Emojis) > MaxEmojis {
		c.broken.add(i, RuleEmojis, "%d emojis, limit is %d", len(s.Emojis), MaxEmojis)
	}
	if slices.Contains(s.Emojis, "") {
		c.broken.add(i, RuleEmojis, "an emoji is empty")
	}
	if len(s.Emojis) == 0 {
		c.advice.add(i, AdviceEmojis, "no emojis")
	}
	if slices.ContainsFunc(append([]string{s.Label}, s.Emojis...), func(text string) bool { return !utf8.ValidString(text) }) {
		c.broken.add(i, RuleText, "the label or an emoji is not valid UTF-8")
	}
	content := s.content()
	file, err := webpfile.Parse(content, content.Size())
	if err != nil {
		c.broken.addUnreadable(i, RuleFormat, err)
		return false
	}
	c.animated[i] = file.Animated
	kind, maxBytes, maxLabel := "a static", int64(MaxStaticBytes), 125
	if file.Animated {
		kind, maxBytes, maxLabel = "an animated", MaxAnimatedBytes, 255
	}
	if file.Width != StickerSide || file.Height != StickerSide {
		c.broken.add(i, RuleDimensions, "%d×%d pixels, must be %[3]d×%[3]d", file.Width, file.Height, StickerSide)
	}
	if content.Size() > maxBytes {
		c.broken.add(i, RuleSize, "%d bytes, limit for %s sticker is %d", content.Size(), kind, maxBytes)
	}
	if n := utf8.RuneCountInString(s.Label); n > maxLabel {
		c.advice.add(i, AdviceLabel, "%d characters long, limit for %s sticker is %d", n, kind, maxLabel)
	}
	if file.Animated {
		c.timing(i, file)
	}
	return true
}

func (c *checked) timing(i int, file *webpfile.File) {
	if took := file.Duration(); took > 10*time.Second {
		c.advice.add(i, AdviceDuration, "lasts %v, phones show 10s", took)
	}
	for n, frame := range file.Frames {
		if frame.Duration < 8*time.Millisecond {
			c.advice.add(i, AdviceFrames, "frame %d lasts %v, shortest allowed is 8ms", n, frame.Duration)
			return
		}
	}
}

// uniform reports the stickers whose kind, static or animated, is in the minority.
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
		c.broken.add(i, RuleUniform, "%s, but other stickers are %s", kind, others)
	}
}

// hashName returns the sticker's file name in the zip.
func hashName(content *io.SectionReader) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(content, 0, content.Size())); err != nil {
		return "", err
	}
	return nameOf(hash.Sum(nil)), nil
}
