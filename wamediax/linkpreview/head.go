package linkpreview

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// pageBytes limits how much of a page is read. Large inline scripts often come before the tags.
const pageBytes = 2 << 20

// head is the metadata in a page's head. The first value of each kind counts.
type head struct {
	values map[string]string // by meta tag name; "title" for the title tag
	image  string            // from <link rel="image_src">
	icons  []icon
	base   string // <base href>, possibly relative itself
}

type icon struct {
	url  string
	side int // pixels, 0 if unknown
}

// Names of the meta tags to use, in order of preference.
var (
	titles       = []string{"og:title", "twitter:title", "title"}
	descriptions = []string{"og:description", "twitter:description", "description"}
	pictures     = []string{"og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src"}
)

// readHead reads a page up to the end of its head. contentType is the Content-Type header, which
// may contain the charset. If src fails, readHead returns the error along with what it has read so
// far.
func readHead(src io.Reader, contentType string) (*head, error) {
	h := &head{values: make(map[string]string)}
	decoded, err := charset.NewReader(io.LimitReader(src, pageBytes), contentType)
	if errors.Is(err, io.EOF) {
		return h, nil // an empty page
	}
	if err != nil {
		return h, fmt.Errorf("failed to read page: %w", err)
	}
	tokens := html.NewTokenizer(decoded)
	tokens.SetMaxBuf(pageBytes) // limits the decoded text of one tag
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if err := tokens.Err(); !errors.Is(err, io.EOF) && !errors.Is(err, html.ErrBufferExceeded) {
				return h, fmt.Errorf("failed to read page: %w", err)
			}
			return h, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			name, hasAttributes := tokens.TagName()
			switch atom.Lookup(name) {
			case atom.Body:
				return h, nil
			case atom.Title:
				if tokens.Next() == html.TextToken {
					h.set("title", string(tokens.Text()))
				}
			case atom.Meta:
				h.meta(attributes(tokens, hasAttributes))
			case atom.Link:
				h.link(attributes(tokens, hasAttributes))
			case atom.Base:
				h.base = cmp.Or(h.base, attributes(tokens, hasAttributes)["href"])
			}
		case html.EndTagToken:
			if name, _ := tokens.TagName(); atom.Lookup(name) == atom.Head {
				return h, nil
			}
		}
	}
}

// attributes returns the known attributes of the current tag.
func attributes(tokens *html.Tokenizer, more bool) map[string]string {
	found := make(map[string]string)
	for more {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		switch name := string(key); name {
		case "property", "name", "content", "rel", "href", "sizes":
			if _, twice := found[name]; !twice {
				found[name] = string(value)
			}
		}
	}
	return found
}

func (h *head) set(name, value string) {
	known := slices.Contains(titles, name) || slices.Contains(descriptions, name) || slices.Contains(pictures, name)
	if value = strings.TrimSpace(value); known && value != "" && h.values[name] == "" {
		h.values[name] = value
	}
}

// meta evaluates a meta tag. Open Graph uses "property" and all others use "name", but pages mix
// them up.
func (h *head) meta(tag map[string]string) {
	for _, name := range []string{tag["property"], tag["name"]} {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "title" {
			h.set(name, tag["content"])
		}
	}
}

func (h *head) link(tag map[string]string) {
	const mostIcons = 32
	href := strings.TrimSpace(tag["href"])
	if href == "" {
		return
	}
	for _, relation := range strings.Fields(strings.ToLower(tag["rel"])) {
		switch relation {
		case "image_src":
			h.image = cmp.Or(h.image, href)
		case "icon", "apple-touch-icon", "apple-touch-icon-precomposed":
			if len(h.icons) < mostIcons {
				width, _, _ := strings.Cut(strings.ToLower(tag["sizes"]), "x")
				side, _ := strconv.Atoi(width) // 0: "any", or several sizes
				h.icons = append(h.icons, icon{href, side})
			}
		}
	}
}

func (h *head) first(names []string) string {
	for _, name := range names {
		if value := h.values[name]; value != "" {
			return value
		}
	}
	return ""
}

// pictureURLs returns candidates for the page's picture, best first. page is the page's own URL.
func (h *head) pictureURLs(page *url.URL) []string {
	base := page
	if h.base != "" {
		if stated, err := page.Parse(h.base); err == nil {
			base = stated
		}
	}
	var found []string
	add := func(reference string) {
		target, err := base.Parse(reference)
		if err != nil || (target.Scheme != "http" && target.Scheme != "https") || slices.Contains(found, target.String()) {
			return
		}
		found = append(found, target.String())
	}
	for _, name := range pictures {
		if value := h.values[name]; value != "" {
			add(value)
		}
	}
	if h.image != "" {
		add(h.image)
	}
	slices.SortStableFunc(h.icons, func(a, b icon) int { return cmp.Compare(b.side, a.side) })
	for _, icon := range h.icons {
		path, _, _ := strings.Cut(strings.ToLower(icon.url), "?")
		// cannot be decoded
		if !strings.HasSuffix(path, ".ico") && !strings.HasSuffix(path, ".svg") {
			add(icon.url)
		}
	}
	return found
}
