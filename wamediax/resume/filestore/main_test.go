package filestore

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChildProcess(t *testing.T) {
	storekit.BeChild(t, func(t *testing.T, _, where string) resume.Store {
		store, err := New(where)
		require.NoError(t, err)
		return store
	})
}
