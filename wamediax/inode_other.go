//go:build !unix

package wamediax

import "os"

func inode(os.FileInfo) uint64 { return 0 }
