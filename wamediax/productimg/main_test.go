package productimg_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain gives the tests a separate directory for temporary files, to detect files left there.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "productimg-test-*")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}
