package stickerpack_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

func jpegOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, width, height)), nil))
	return out.Bytes()
}

func TestPackThatFollowsAllRulesIsValid(t *testing.T) {
	for name, pack := range map[string]*stickerpack.Pack{
		"static":         packOf(3, still),
		"animated":       packOf(30, animation),
		"as many as fit": packOf(60, still),
		"one":            packOf(1, still),
		"with all covers": func() *stickerpack.Pack {
			p := packOf(3, still)
			p.TrayIcon, p.Thumbnail = still(96, 1), jpegOf(t, 252, 252)
			return p
		}(),
		"at the limits": func() *stickerpack.Pack {
			p := packOf(3, func(side int, c byte) []byte { return padded(still(side, c), 100<<10) })
			p.ID, p.TrayIcon = strings.Repeat("ü", 64), padded(still(96, 1), 50<<10)
			p.Name, p.Publisher = strings.Repeat("ü", 128), strings.Repeat("ü", 128)
			p.Stickers[1].Emojis = []string{"👨‍👩‍👧‍👦", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"}
			return p
		}(),
		"animated, at the limit": packOf(3, func(side int, c byte) []byte { return padded(moving(side, c), 500<<10) }),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, pack.Validate())
			if n := len(pack.Stickers); n >= 3 && n <= 30 {
				require.Empty(t, pack.Warnings())
			}
		})
	}
}

// The tests build their pictures by hand, so libwebp has to confirm that they are WebP.
func TestPicturesOfTheseTestsAreWebP(t *testing.T) {
	if _, err := exec.LookPath("webpinfo"); err != nil {
		t.Skip("webpinfo is not installed")
	}
	for _, webp := range [][]byte{still(512, 7), moving(512, 7), padded(still(512, 7), 1000)} {
		cmd := exec.Command("webpinfo", "-quiet", fileOf(t, "x.webp", webp))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

func TestValidateReportsEachRule(t *testing.T) {
	broken := func(sticker int, rule stickerpack.Rule, detail string, change func(*stickerpack.Pack)) func(*testing.T) {
		return func(t *testing.T) {
			pack := packOf(4, still)
			require.NoError(t, pack.Validate())
			require.Empty(t, pack.Warnings())
			change(pack)
			all := pack.Warnings()
			if !strings.HasPrefix(string(rule), "advised") {
				require.Empty(t, all)
				require.ErrorAs(t, pack.Validate(), &all)
			} else {
				require.NoError(t, pack.Validate())
			}
			require.Len(t, all, 1, "%v", all)
			require.Equal(t, rule, all[0].Rule)
			require.Equal(t, sticker, all[0].Sticker)
			require.ErrorContains(t, all[0], detail)
			if sticker >= 0 {
				require.ErrorContains(t, all[0], "stickers[2]: ")
			}
		}
	}
	id := func(id string) func(p *stickerpack.Pack) { return func(p *stickerpack.Pack) { p.ID = id } }
	third := func(change func(*stickerpack.Sticker)) func(*stickerpack.Pack) {
		return func(p *stickerpack.Pack) { change(&p.Stickers[2]) }
	}
	webp := func(webp []byte) func(*stickerpack.Pack) {
		return third(func(s *stickerpack.Sticker) { s.WebP = webp })
	}
	tray := func(webp []byte) func(*stickerpack.Pack) { return func(p *stickerpack.Pack) { p.TrayIcon = webp } }
	allMove := func(change func(*stickerpack.Pack)) func(*stickerpack.Pack) {
		return func(p *stickerpack.Pack) { *p = *packOf(4, animation); change(p) }
	}

	t.Run("an empty ID", broken(-1, stickerpack.RulePackID, "empty", id("")))
	t.Run("a long ID", broken(-1, stickerpack.RulePackID, "128", id(strings.Repeat("a", 129))))
	t.Run("an ID with a slash", broken(-1, stickerpack.RulePackID, "contains", id("a/b")))
	t.Run("an ID with a backslash", broken(-1, stickerpack.RulePackID, "contains", id(`a\b`)))
	t.Run("an ID with a dot", broken(-1, stickerpack.RulePackID, "contains", id("..")))
	t.Run("an ID with a control character", broken(-1, stickerpack.RulePackID, "control", id("a\x00")))
	t.Run("an ID that is not UTF-8", broken(-1, stickerpack.RulePackID, "UTF-8", id("\xff")))
	t.Run("an ID like a sticker's name", broken(-1, stickerpack.RulePackID, "sticker", id(strings.Repeat("A", 43))))
	t.Run("an empty name", broken(-1, stickerpack.RuleName, "0 characters", func(p *stickerpack.Pack) { p.Name = "" }))
	t.Run("a long name", broken(-1, stickerpack.RuleName, "129", func(p *stickerpack.Pack) { p.Name = strings.Repeat("ü", 129) }))
	t.Run("a long publisher", broken(-1, stickerpack.RulePublisher, "129", func(p *stickerpack.Pack) { p.Publisher = strings.Repeat("ü", 129) }))
	t.Run("a caption that is not UTF-8", broken(-1, stickerpack.RuleText, "caption", func(p *stickerpack.Pack) { p.Caption = "\xff" }))
	t.Run("a description that is not UTF-8", broken(-1, stickerpack.RuleText, "description", func(p *stickerpack.Pack) { p.Description = "\xff" }))
	t.Run("no stickers", broken(-1, stickerpack.RuleCount, "0 stickers", func(p *stickerpack.Pack) { p.Stickers = nil }))
	t.Run("too many stickers", broken(-1, stickerpack.RuleCount, "61 stickers", func(p *stickerpack.Pack) { *p = *packOf(61, still) }))
	t.Run("a tray icon that is not WebP", broken(-1, stickerpack.RuleTrayFormat, "RIFF", tray(jpegOf(t, 96, 96))))
	t.Run("an animated tray icon", broken(-1, stickerpack.RuleTrayFormat, "animated", tray(moving(96, 1))))
	t.Run("a tray icon of a wrong size", broken(-1, stickerpack.RuleTrayDimensions, "97×97", tray(still(97, 1))))
	t.Run("a tray icon of too many bytes", broken(-1, stickerpack.RuleTraySize, "51202", tray(padded(still(96, 1), 50<<10+2))))
	t.Run("a thumbnail that is not JPEG", broken(-1, stickerpack.RuleThumbnail, "JPEG", func(p *stickerpack.Pack) { p.Thumbnail = still(252, 1) }))
	t.Run("a huge thumbnail", broken(-1, stickerpack.RuleThumbnail, "2001", func(p *stickerpack.Pack) { p.Thumbnail = jpegOf(t, 2001, 8) }))

	t.Run("a sticker that is not WebP", broken(2, stickerpack.RuleFormat, "RIFF", webp([]byte("GIF89a and more"))))
	t.Run("a sticker without a picture", broken(2, stickerpack.RuleFormat, "truncated", webp(nil)))
	t.Run("a truncated sticker", broken(2, stickerpack.RuleFormat, "ends at byte", webp(still(512, 1)[:30])))
	t.Run("a sticker that is too small", broken(2, stickerpack.RuleDimensions, "511×511", webp(still(511, 1))))
	t.Run("a sticker that is too large", broken(2, stickerpack.RuleDimensions, "513×513", webp(still(513, 1))))
	t.Run("a sticker of too many bytes", broken(2, stickerpack.RuleSize, "102402 bytes, limit for a static", webp(padded(still(512, 9), 100<<10+2))))
	t.Run("an animated sticker of too many bytes", broken(2, stickerpack.RuleSize, "512002 bytes, limit for an animated",
		allMove(webp(padded(moving(512, 9), 500<<10+2)))))
	t.Run("four emojis", broken(2, stickerpack.RuleEmojis, "4", third(func(s *stickerpack.Sticker) { s.Emojis = []string{"1", "2", "3", "4"} })))
	t.Run("an empty emoji", broken(2, stickerpack.RuleEmojis, "empty", third(func(s *stickerpack.Sticker) { s.Emojis = []string{""} })))
	t.Run("a label that is not UTF-8", broken(2, stickerpack.RuleText, "UTF-8", third(func(s *stickerpack.Sticker) { s.Label = "\xff" })))
	t.Run("an emoji that is cut in two", broken(2, stickerpack.RuleText, "UTF-8", third(func(s *stickerpack.Sticker) { s.Emojis = []string{"\xf0\x9f", "\x98\xba"} })))
	t.Run("one animated sticker among static ones", broken(2, stickerpack.RuleUniform, "animated, but", webp(moving(512, 9))))
	t.Run("one static sticker among animated ones", broken(2, stickerpack.RuleUniform, "static, but", allMove(webp(still(512, 9)))))

	t.Run("few stickers", broken(-1, stickerpack.AdviceCount, "2 stickers", func(p *stickerpack.Pack) { p.Stickers = p.Stickers[:2] }))
	t.Run("many stickers", broken(-1, stickerpack.AdviceCount, "31 stickers", func(p *stickerpack.Pack) { *p = *packOf(31, still) }))
	t.Run("no publisher", broken(-1, stickerpack.AdvicePublisher, "empty", func(p *stickerpack.Pack) { p.Publisher = "" }))
	t.Run("a thumbnail of an unusual size", broken(-1, stickerpack.AdviceThumbnail, "300×252", func(p *stickerpack.Pack) { p.Thumbnail = jpegOf(t, 300, 252) }))
	t.Run("no emojis", broken(2, stickerpack.AdviceEmojis, "no emojis", third(func(s *stickerpack.Sticker) { s.Emojis = nil })))
	t.Run("a long label", broken(2, stickerpack.AdviceLabel, "126", third(func(s *stickerpack.Sticker) { s.Label = strings.Repeat("ü", 126) })))
	t.Run("a duplicate sticker", broken(2, stickerpack.AdviceDuplicates, "stickers[1]", webp(still(512, 1))))
	t.Run("a long animation", broken(2, stickerpack.AdviceDuration, "10.008s", allMove(webp(moving(512, 9, 10*time.Second, 8*time.Millisecond)))))
	t.Run("a short frame", broken(2, stickerpack.AdviceFrames, "frame 1 lasts 7ms", allMove(webp(moving(512, 9, time.Second, 7*time.Millisecond)))))
}

func TestValidateReportsAllViolationsTogether(t *testing.T) {
	pack := packOf(3, still)
	pack.ID, pack.Name = "a/b", ""
	pack.Stickers[0].WebP = still(100, 1)
	pack.Stickers[2].Emojis = []string{"1", "2", "3", "4"}
	pack.Stickers[2].WebP = []byte("no picture")
	err := pack.Validate()
	var broken stickerpack.RuleErrors
	require.ErrorAs(t, err, &broken)
	require.Len(t, broken, 5)
	require.Equal(t, `pack id: contains /, \ or .; `+
		`name: 0 characters long, must be 1 to 128; `+
		`stickers[0]: dimensions: 100×100 pixels, must be 512×512; `+
		`stickers[2]: emojis: 4 emojis, limit is 3; `+
		`stickers[2]: format: not a valid WebP file: file is truncated at byte 10`, err.Error())
	var one *stickerpack.RuleError
	require.ErrorAs(t, err, &one)
	require.Equal(t, stickerpack.RulePackID, one.Rule)
}

// failing is an unreadable source.
type failing struct{}

var errDisk = errors.New("disk failed")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDisk }
