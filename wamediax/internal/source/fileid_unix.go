//go:build unix && !aix

package source

import (
	"os"
	"syscall"
)

// fileID returns the values that distinguish a file from another with the same name, size and
// modification time: its device, its inode, and when its content or metadata last changed, in ns
// since 1970. Unlike a modification time, programs cannot set that.
func fileID(stat os.FileInfo) (device, inode uint64, changed int64) {
	sys, ok := stat.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, 0
	}
	change := changeTime(sys)
	return uint64(sys.Dev), uint64(sys.Ino), change.Nano()
}
