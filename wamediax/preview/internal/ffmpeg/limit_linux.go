package ffmpeg

import (
	"errors"

	"golang.org/x/sys/unix"
)

// limit limits the memory and CPU time of a program that has just started.
func limit(pid int) error {
	for resource, most := range map[int]uint64{
		unix.RLIMIT_AS:    2 << 30, // bytes, with libraries and stacks
		unix.RLIMIT_CPU:   60,      // seconds
		unix.RLIMIT_FSIZE: 0,       // it writes to a pipe only
	} {
		err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil)
		if err != nil && !errors.Is(err, unix.ESRCH) { // ESRCH: it has already exited
			return err
		}
	}
	return nil
}
