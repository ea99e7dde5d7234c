package safehttp_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain sets an unreachable proxy. It has to do so early, because net/http reads the environment
// only once.
func TestMain(m *testing.M) {
	os.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	os.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	goleak.VerifyTestMain(m)
}
