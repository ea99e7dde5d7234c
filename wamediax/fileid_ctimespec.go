//go:build darwin || freebsd || netbsd

package wamediax

import "syscall"

func changeTime(sys *syscall.Stat_t) syscall.Timespec { return sys.Ctimespec }
