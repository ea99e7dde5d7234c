package linkpreview

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

var (
	// ErrNoPreview means that the URL leads to something without a preview, such as an archive, or
	// to a page without title, description and picture.
	ErrNoPreview = errors.New("nothing to preview")

	// ErrTimeout means that fetching took longer than WithTimeout allows.
	ErrTimeout = errors.New("link preview takes too long")
)

// mostPictures limits how many pictures are tried.
const mostPictures = 3

// Fetcher fetches the pages of links. Use New. It is safe for concurrent use.
type Fetcher struct {
	client  *safehttp.Client
	timeout time.Duration
}

// New returns a Fetcher.
func New(opts ...Option) *Fetcher {
	f := &Fetcher{client: safehttp.New(), timeout: 15 * time.Second}
	for _, opt := range opts {
		if opt != nil {
			opt(f)
		}
	}
	return f
}

// Fetch returns the preview of the page at rawURL. Without a scheme, it assumes https.
//
// If the picture fails, or the connection breaks after the page's title, Fetch returns both a Page
// and an error; otherwise one of them is nil. Errors to test for are ErrNoPreview, ErrTimeout, the
// cause of ctx, and those of [safehttp.Client.Get]. Errors contain no part of a URL except its
// host.
func (f *Fetcher) Fetch(ctx context.Context, rawURL string) (*Page, error) {
	if f == nil || f.client == nil {
		return nil, errors.New("failed to preview link: the Fetcher or its client is nil")
	}
	ctx, cancel := f.bound(ctx)
	defer cancel()
	page, err := f.fetch(ctx, rawURL)
	if err != nil {
		err = fmt.Errorf("failed to preview link: %w", err)
	}
	return page, err
}

func (f *Fetcher) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("%w: more than %v", ErrTimeout, f.timeout))
}

func (f *Fetcher) fetch(ctx context.Context, rawURL string) (*Page, error) {
	target := strings.TrimSpace(rawURL)
	if !strings.Contains(target, "://") {
		target = "https://" + target
	}
	resp, err := f.client.Get(ctx, target, 0) // readHead and usePicture limit it
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	page := &Page{URL: rawURL, Location: resp.URL.String()}
	body := bufio.NewReader(resp.Body)
	contentType := resp.Header.Get("Content-Type")
	kind, err := kindOf(body, contentType)
	if err != nil {
		return nil, err
	}
	switch {
	case kind == "text/html", kind == "application/xhtml+xml":
		return f.readPage(ctx, page, resp, body, contentType)
	case strings.HasPrefix(kind, "image/"):
		if err := page.usePicture(ctx, body); err != nil {
			return nil, err
		}
		page.Title = clean(cmp.Or(resp.FileName(), resp.URL.Hostname()), titleLength)
		return page, nil
	}
	return nil, fmt.Errorf("%w: content type is %.100q", ErrNoPreview, kind)
}

// kindOf returns the MIME type of body without parameters. If the header is missing or generic, it
// detects the type from the first bytes.
func kindOf(body *bufio.Reader, contentType string) (string, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	if kind != "" && kind != "application/octet-stream" {
		return kind, nil
	}
	head, err := body.Peek(512) // as much as DetectContentType needs
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	kind, _, _ = strings.Cut(http.DetectContentType(head), ";")
	return kind, nil
}

func (f *Fetcher) readPage(ctx context.Context, page *Page, resp *safehttp.Response, body io.Reader, contentType string) (*Page, error) {
	head, err := readHead(body, contentType)
	_ = resp.Body.Close() // before fetching the picture: the rest of the page is not needed
	pictures := head.pictureURLs(resp.URL)
	page.Title = clean(head.first(titles), titleLength)
	page.Description = clean(head.first(descriptions), descriptionLength)
	if page.Title == "" && page.Description == "" && len(pictures) == 0 {
		return nil, cmp.Or(err, ErrNoPreview)
	}
	page.Title = cmp.Or(page.Title, resp.URL.Hostname())
	return page, joined(err, f.addPicture(ctx, page, pictures))
}

// addPicture fetches the first usable picture. If none is usable, the error contains the reason for
// each.
func (f *Fetcher) addPicture(ctx context.Context, page *Page, urls []string) error {
	var failed error
	for _, url := range urls[:min(len(urls), mostPictures)] {
		err := f.fetchPicture(ctx, page, url)
		if err == nil {
			return nil
		}
		failed = joined(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

func (f *Fetcher) fetchPicture(ctx context.Context, page *Page, url string) error {
	resp, err := f.client.Get(ctx, url, pictureBytes)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return page.usePicture(ctx, resp.Body)
}

// joined combines two errors, either of which may be nil, on one line.
func joined(first, second error) error {
	if first == nil || second == nil {
		return cmp.Or(first, second)
	}
	return fmt.Errorf("%w; %w", first, second)
}
