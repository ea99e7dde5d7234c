package wamediax_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain gives the tests a directory for temporary files of their own, so that what is left there is theirs. Its name is
// not like those of the package's own files: a process that a test kills leaves it behind.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "media-test-*")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}
