package guard

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// held is a file whose reads block until release.
type held struct {
	*bytes.Reader
	reading, release chan struct{}
}

func (h held) ReadAt(p []byte, off int64) (int, error) {
	select {
	case h.reading <- struct{}{}:
	default:
	}
	<-h.release
	return h.Reader.ReadAt(p, off)
}

func TestFilesAreDecodedOneAtATime(t *testing.T) {
	previews := NewPreviews()
	file := held{bytes.NewReader(make([]byte, 100)), make(chan struct{}, 1), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = previews.Preview(t.Context(), file, 100, "")
	}()
	<-file.reading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := previews.Preview(ctx, bytes.NewReader(nil), 0, "")
	require.ErrorIs(t, err, context.Canceled)
	_, err = previews.Scale(ctx, bytes.NewReader(nil), 0, 100)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, previews.turn.TryAcquire(1), "the first still runs")
	close(file.release)
	<-done
	require.True(t, previews.turn.TryAcquire(1))
}
