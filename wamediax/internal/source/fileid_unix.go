//go:build unix && !aix

package source

import (
	"os"
	"syscall"
)

// fileID returns what tells a file from another one of the same name, size and modification time: its device, its inode,
// and when its content or metadata last changed, in ns since 1970. Programs can set a modification time, but not this one.
func fileID(stat os.FileInfo) (device, inode uint64, changed int64) {
	sys, ok := stat.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, 0
	}
	change := changeTime(sys)
	return uint64(sys.Dev), uint64(sys.Ino), change.Nano()
}
