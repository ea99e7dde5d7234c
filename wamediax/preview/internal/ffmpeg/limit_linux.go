package ffmpeg

import (
	"errors"

	"golang.org/x/sys/unix"
)

// limit bounds the memory and processor time of a program that has just begun.
func limit(pid int) error {
	for resource, most := range map[int]uint64{
		unix.RLIMIT_AS:    2 << 30, // bytes, with libraries and stacks
		unix.RLIMIT_CPU:   60,      // seconds
		unix.RLIMIT_FSIZE: 0,       // it writes to a pipe only
	} {
		err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil)
		if err != nil && !errors.Is(err, unix.ESRCH) { // it has ended already
			return err
		}
	}
	return nil
}
