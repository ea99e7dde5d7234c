package linkpreview

import (
	"io"
	"net/url"
)

// ReadHead returns the title, the description and the picture URLs of a page.
func ReadHead(src io.Reader, contentType string, page *url.URL) (title, description string, pictures []string, err error) {
	h, err := readHead(src, contentType)
	return clean(h.first(titles), titleLength), clean(h.first(descriptions), descriptionLength), h.pictureURLs(page), err
}

const (
	TitleLength       = titleLength
	DescriptionLength = descriptionLength
	PageBytes         = pageBytes
)
