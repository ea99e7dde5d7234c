package preview_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWamediaxAloneLinksNoDecoders checks that a program without preview gets no decoder.
func TestWamediaxAloneLinksNoDecoders(t *testing.T) {
	if testing.Short() {
		t.Skip("runs go list")
	}
	const module = "github.com/wamediax/whatsmeow-ext/wamediax"
	deps := func(pkg string) string {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", pkg).Output()
		require.NoError(t, err)
		return "\n" + string(out)
	}
	all, with := deps(module), deps(module+"/preview")
	for _, dependency := range []string{module + "/preview", module + "/internal/picture", "github.com/abema/go-mp4",
		"github.com/pion/opus", "github.com/hajimehoshi/go-mp3", "golang.org/x/image/"} {
		require.Contains(t, with, "\n"+dependency, "the test looks for the right name")
		require.NotContains(t, all, "\n"+dependency)
	}
}
