package stickerpack

import (
	"bytes"
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"
)

func TestTrayIconIsLossless(t *testing.T) {
	noise := image.NewNRGBA(image.Rect(0, 0, TraySide, TraySide))
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	gradient, flat := image.NewNRGBA(noise.Rect), image.NewNRGBA(noise.Rect)
	for i := range gradient.Pix {
		gradient.Pix[i], flat.Pix[i] = byte(i/TraySide), 255
	}
	for name, want := range map[string]*image.NRGBA{
		"noise": noise, "a gradient": gradient, "one colour": flat, "transparent": image.NewNRGBA(noise.Rect),
	} {
		t.Run(name, func(t *testing.T) {
			icon, err := trayIcon(want)
			require.NoError(t, err)
			require.LessOrEqual(t, len(icon), MaxTrayBytes)
			again, err := trayIcon(want)
			require.NoError(t, err)
			require.True(t, bytes.Equal(icon, again))
			got, err := webp.Decode(bytes.NewReader(icon))
			require.NoError(t, err)
			scaled := got.(*image.NRGBA)
			for y := range TraySide {
				for x := range TraySide {
					if c := want.NRGBAAt(x, y); c.A == 255 || c.A == 0 { // scaling rounds partial transparency
						require.Equal(t, c.A, scaled.NRGBAAt(x, y).A)
						if c.A == 255 {
							require.Equal(t, c, scaled.NRGBAAt(x, y))
						}
					}
				}
			}
			requireAccepted(t, icon)
		})
	}
}

// requireAccepted checks data with Debian's webpinfo and dwebp, if they are installed.
func requireAccepted(t *testing.T, data []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.webp")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	for _, tool := range [][]string{{"webpinfo", path}, {"dwebp", path, "-o", os.DevNull}} {
		if _, err := exec.LookPath(tool[0]); err == nil {
			out, err := exec.Command(tool[0], tool[1:]...).CombinedOutput()
			require.NoError(t, err, "%s: %s", tool[0], out)
		}
	}
}
