package main

import (
	"crypto/rand"
	"io"
	"os"
)

// madeSize is the size of the file that the tour makes, in bytes.
const madeSize = 64 << 20

// makeFile makes a file of random bytes and returns its path.
func makeFile(size int64) (path string, err error) {
	file, err := os.CreateTemp("", "bot-upload-*")
	if err != nil {
		return "", err
	}
	_, err = io.CopyN(file, rand.Reader, size)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return file.Name(), err
}
