package stickerpack_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if publishInChild() {
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
