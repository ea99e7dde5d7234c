package voice_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheClientDoesNotLinkTheEncoder(t *testing.T) {
	const module = "github.com/wamediax/whatsmeow-ext/wamediax"
	deps := func(pkg string) string {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		require.NoError(t, err)
		return string(out)
	}
	voice := deps(module + "/preview/voice")
	require.Contains(t, voice, "thesyncim/gopus")
	require.NotContains(t, voice, "pion/opus", "the decoder of previews")
	require.NotContains(t, deps(module), "thesyncim/gopus")
}
