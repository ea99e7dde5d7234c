package wamediaxtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// This test is not parallel: nobody else may have a server open.
func TestRootIsRestoredByTheLastServer(t *testing.T) {
	before := whatsmeow.WACertPubKey
	first := NewServer()
	ours := whatsmeow.WACertPubKey
	require.NotEqual(t, before, ours)
	second := NewServer()
	require.Equal(t, ours, whatsmeow.WACertPubKey, "servers share one root")
	first.Close()
	first.Close()
	require.Equal(t, ours, whatsmeow.WACertPubKey, "a server is still open")
	second.Close()
	require.Equal(t, before, whatsmeow.WACertPubKey)
}

func TestServerUnderAnotherRootIsRefused(t *testing.T) {
	t.Parallel()
	srv := NewServer()
	defer srv.Close()
	otherRoot, err := ecc.GenerateKeyPair()
	require.NoError(t, err)
	srv.chat.Identity, err = socket.NewIdentity(otherRoot)
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err = srv.NewClient(ctx)
	require.ErrorContains(t, err, "failed to verify server cert")
}

func TestServersInParallel(t *testing.T) {
	for range 4 {
		t.Run("server", func(t *testing.T) {
			t.Parallel()
			for range 2 {
				srv := NewServer()
				cli, err := srv.NewClient(t.Context())
				require.NoError(t, err)
				require.NoError(t, cli.SetPassive(t.Context(), false))
				srv.Close()
			}
		})
	}
}
