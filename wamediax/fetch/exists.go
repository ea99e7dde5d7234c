package fetch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"go.mau.fi/whatsmeow"
)

// Exists reports whether a media host still has the media that msg describes, with the size that
// msg states. It downloads nothing: media that still exists can be forwarded without a download and
// an upload. If the hosts no longer have it, Exists returns false without an error. It returns an
// error if no host answered, or if msg cannot be downloaded.
//
// Exists does not call [WithGone]'s function. It sends the same request as WA Web
// (mmsCheckExistence).
func (f *Fetcher) Exists(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...CallOption) (bool, error) {
	d, err := f.begin(ctx, msg, append(slices.Clone(opts), callOption(func(s *settings) { s.gone = nil })))
	if err != nil {
		return false, fmt.Errorf("failed to check whether media exists: %w", err)
	}
	d.method = http.MethodHead
	if d.length > 0 {
		d.max = math.MaxInt64 // a larger object is another one, like a smaller one
	}
	p, err := d.open(ctx, 0, -1)
	switch {
	case errors.Is(err, ErrExpired):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("failed to check whether media exists: %w", err)
	}
	p.close()
	return d.length == 0 || p.size < 0 || p.size == d.objectSize(d.length), nil
}
