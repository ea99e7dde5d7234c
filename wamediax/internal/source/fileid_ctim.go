//go:build linux || openbsd || dragonfly || solaris

package source

import "syscall"

func changeTime(sys *syscall.Stat_t) syscall.Timespec { return sys.Ctim }
