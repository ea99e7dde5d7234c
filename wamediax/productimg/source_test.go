package productimg_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
)

// silent is a source that never has bytes, and never ends.
type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

// liar returns a count that its buffer cannot hold.
type liar struct{}

func (liar) Read(p []byte) (int, error) { return len(p) + 1, nil }

// picture cannot be read if it is nil.
type picture struct{ io.ReadCloser }

// syncErr returns the error of a picture that is read from src.
func syncErr(t *testing.T, client *wamediax.Client, src io.ReadCloser, opts ...productimg.Option) (err error) {
	items := []productimg.Item{{ProductID: "1", Open: func() (io.ReadCloser, error) { return src, nil }}}
	for _, outcome := range productimg.Sync(t.Context(), client, items, opts...) {
		err = outcome.Err
	}
	return err
}

func TestABrokenSourceIsAnErrorAndNotAPanic(t *testing.T) {
	s := newService(t)
	client := s.wrap()
	jpg := jpegOf(t, pixels(5, 100, 100))
	for name, test := range map[string]struct {
		src  io.Reader
		says string
	}{
		"nil":                                    {nil, "source is nil"},
		"a nil pointer":                          {(*bytes.Reader)(nil), "source is nil"},
		"without bytes and end":                  {silent{}, io.ErrNoProgress.Error()},
		"that stops in the middle":               {io.MultiReader(bytes.NewReader(jpg[:len(jpg)/2]), silent{}), io.ErrNoProgress.Error()},
		"with an impossible count":               {liar{}, "a count of"},
		"with an impossible count in the middle": {io.MultiReader(bytes.NewReader(jpg[:len(jpg)/2]), liar{}), "a count of"},
	} {
		for kind, opts := range map[string][]productimg.Option{"as it is": nil, "converted": {productimg.WithJPEG(80, 50)}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				_, err := productimg.Upload(t.Context(), client, test.src, opts...)
				require.ErrorContains(t, err, test.says)
				if test.says != "source is nil" { // Sync's are of another type
					require.ErrorContains(t, syncErr(t, client, io.NopCloser(test.src), opts...), test.says)
				}
			})
		}
	}
	require.ErrorContains(t, syncErr(t, client, nil), "Open returned a nil reader")
	require.ErrorContains(t, syncErr(t, client, (*picture)(nil)), "Open returned a nil reader")
	require.Empty(t, s.Requests())
}

func TestCancellingEndsAnUploadWhoseSourceStays(t *testing.T) {
	s := newService(t)
	ctx, cancel := context.WithCancel(t.Context())
	src := &ender{cancel: cancel}
	_, err := productimg.Upload(ctx, s.wrap(), src)
	require.ErrorIs(t, err, context.Canceled)
}

// ender is an endless JPEG header whose first Read cancels.
type ender struct {
	cancel context.CancelFunc
	read   int64
}

func (e *ender) Read(p []byte) (int, error) {
	e.cancel()
	n := copy(p, []byte("\xff\xd8\xff\xfe\x00\x02")[e.read%6:])
	e.read += int64(n)
	return n, nil
}
