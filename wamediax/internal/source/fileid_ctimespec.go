//go:build darwin || freebsd || netbsd

package source

import "syscall"

func changeTime(sys *syscall.Stat_t) syscall.Timespec { return sys.Ctimespec }
