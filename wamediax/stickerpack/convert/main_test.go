package convert_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow skips what encodes and scales many pictures, in one goroutine, when the race detector makes it ten times slower.
func slow(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("it takes too long with the race detector")
	}
}
