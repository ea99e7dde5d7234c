package socket

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
)

func TestRootIsTrustedUntilTheLastServerCloses(t *testing.T) {
	before := whatsmeow.WACertPubKey
	key, err := OpenRoot()
	require.NoError(t, err)
	require.Equal(t, key.PublicKey().PublicKey(), whatsmeow.WACertPubKey)
	require.Equal(t, whatsmeow.WACertPubKey, RootKey())
	again, err := OpenRoot()
	require.NoError(t, err)
	require.Same(t, key, again)
	require.NoError(t, JoinRoot(RootKey()), "a guest in the server's process")
	require.ErrorIs(t, JoinRoot([32]byte{1}), errOtherRoot)
	CloseRoot()
	CloseRoot()
	require.Equal(t, RootKey(), whatsmeow.WACertPubKey)
	CloseRoot()
	require.Equal(t, before, whatsmeow.WACertPubKey)
}

func TestServersCannotOpenWhileGuestsAreOpen(t *testing.T) {
	before := whatsmeow.WACertPubKey
	theirs := [32]byte{7}
	require.NoError(t, JoinRoot(theirs))
	require.Equal(t, theirs, whatsmeow.WACertPubKey)
	_, err := OpenRoot()
	require.ErrorIs(t, err, errOtherRoot)
	require.NoError(t, JoinRoot(theirs))
	CloseRoot()
	CloseRoot()
	require.Equal(t, before, whatsmeow.WACertPubKey)
}
