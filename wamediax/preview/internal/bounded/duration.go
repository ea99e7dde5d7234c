package bounded

import "time"

// Duration is how long units last if a second has perSecond of them, rounded
// down. It is 0 if that is not known, or more than a year: then the file lies.
func Duration(units uint64, perSecond uint32) time.Duration {
	const year = uint64(365 * 24 * time.Hour / time.Second)
	if perSecond == 0 || units/uint64(perSecond) >= year {
		return 0
	}
	seconds, rest := units/uint64(perSecond), units%uint64(perSecond)
	return time.Duration(seconds)*time.Second + time.Duration(rest*uint64(time.Second)/uint64(perSecond))
}
