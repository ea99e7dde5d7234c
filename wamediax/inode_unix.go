//go:build unix

package wamediax

import (
	"os"
	"syscall"
)

// inode tells a file from another one that took its place under the same name.
func inode(stat os.FileInfo) uint64 {
	if sys, ok := stat.Sys().(*syscall.Stat_t); ok {
		return sys.Ino
	}
	return 0
}
