package storekit

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// RequireLocked checks that the lock is not available within d.
func RequireLocked(t *testing.T, store resume.Store, key string, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	_, err := store.Lock(ctx, key)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotContains(t, err.Error(), key)
}

// LockSoon takes a lock that is free or about to be.
func LockSoon(t *testing.T, store resume.Store, key string) (unlock func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	unlock, err := store.Lock(ctx, key)
	require.NoError(t, err)
	return unlock
}
