package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"go.mau.fi/whatsmeow"
)

// Exists reports whether a media host still has the media that msg describes, and of the size that msg says. It downloads
// nothing: forwarding media that is still there needs neither a download nor an upload. Where the answer is no, the error is
// nil; it is not nil if no host gave an answer, and for a message that cannot be downloaded.
//
// [WithGone]'s function is not called. The request is the one that WA Web makes (mmsCheckExistence).
func (f *Fetcher) Exists(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...CallOption) (bool, error) {
	d, err := f.begin(ctx, msg, append(slices.Clone(opts), callOption(func(s *settings) { s.gone = nil })))
	if err != nil {
		return false, fmt.Errorf("failed to look for media: %w", err)
	}
	d.method = http.MethodHead
	p, err := d.open(ctx, 0, -1)
	switch {
	case errors.Is(err, ErrExpired):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("failed to look for media: %w", err)
	}
	p.close()
	return d.length == 0 || p.size < 0 || p.size == d.objectSize(d.length), nil
}
