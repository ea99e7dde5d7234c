//go:build linux || openbsd || dragonfly || solaris

package wamediax

import "syscall"

func changeTime(sys *syscall.Stat_t) syscall.Timespec { return sys.Ctim }
