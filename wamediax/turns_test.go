package wamediax_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// heldSource is a source of an upload that is at work. It fails when the test lets go of it, before
// any byte is sent.
type heldSource struct {
	atWork *atomic.Int64
	let    chan struct{}
}

var errLetGo = errors.New("the test lets go")

func (h *heldSource) Read([]byte) (int, error) {
	h.atWork.Add(1)
	defer h.atWork.Add(-1)
	<-h.let
	return 0, errLetGo
}

func TestZeroTurnsDoNotLimit(t *testing.T) {
	s := newService(t, wamediax.WithTurns(new(wamediax.Turns)))
	_, err := s.client.UploadMedia(t.Context(), stream(content(1000)), whatsmeow.MediaImage)
	require.NoError(t, err)
}

func TestNoMoreUploadsAreAtWorkThanAllowed(t *testing.T) {
	const callers, allowed = 10, 2
	calls := map[string]func(ctx context.Context, client *wamediax.Client, src io.Reader) error{
		"UploadMedia": func(ctx context.Context, client *wamediax.Client, src io.Reader) error {
			_, err := client.UploadMedia(ctx, src, whatsmeow.MediaImage)
			return err
		},
		"UploadLive": func(ctx context.Context, client *wamediax.Client, src io.Reader) error {
			_, err := client.UploadLive(ctx, src, whatsmeow.MediaAudio)
			return err
		},
		"UploadAll": func(ctx context.Context, client *wamediax.Client, src io.Reader) (err error) {
			open := func() (io.ReadCloser, error) { return io.NopCloser(src), nil }
			for _, outcome := range client.UploadAll(ctx, []wamediax.UploadItem{{MediaType: whatsmeow.MediaImage, Open: open}}) {
				err = outcome.Err
			}
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := wamediax.Wrap(whatsmeow.NewClient(new(store.Device), nil), wamediax.WithMaxParallel(allowed))
				defer client.Close()
				var atWork atomic.Int64
				let := make(chan struct{})
				var uploading sync.WaitGroup
				errs := make([]error, callers)
				for i := range errs {
					uploading.Go(func() { errs[i] = call(t.Context(), client, &heldSource{&atWork, let}) })
				}
				for ended := range callers {
					synctest.Wait() // everyone is at work, or waits for a turn
					require.EqualValues(t, min(allowed, callers-ended), atWork.Load())
					let <- struct{}{}
				}
				uploading.Wait()
				require.False(t, slices.ContainsFunc(errs, func(err error) bool { return !errors.Is(err, errLetGo) }), "%v", errs)
			})
		})
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := wamediax.Wrap(whatsmeow.NewClient(new(store.Device), nil), wamediax.WithMaxParallel(1))
		defer client.Close()
		var atWork atomic.Int64
		let := make(chan struct{})
		upload := func(ctx context.Context) chan error {
			ended := make(chan error, 1)
			go func() {
				_, err := client.UploadMedia(ctx, &heldSource{&atWork, let}, whatsmeow.MediaImage)
				ended <- err
			}()
			synctest.Wait()
			return ended
		}
		first := upload(t.Context())
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		second, third := upload(ctx), upload(t.Context())
		cancel(cause)
		err := <-second
		require.ErrorIs(t, err, cause)
		require.ErrorContains(t, err, "waiting for a turn")
		for _, ended := range []chan error{first, third} {
			require.EqualValues(t, 1, atWork.Load())
			let <- struct{}{}
			require.ErrorIs(t, <-ended, errLetGo)
			synctest.Wait()
		}
	})
}
