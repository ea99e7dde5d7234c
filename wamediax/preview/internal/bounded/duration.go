package bounded

import "time"

// Duration returns the duration of units at perSecond units per second, rounded
// down. It returns 0 if perSecond is 0, or if the result is more than a year,
// which no valid file lasts.
func Duration(units uint64, perSecond uint32) time.Duration {
	const year = uint64(365 * 24 * time.Hour / time.Second)
	if perSecond == 0 || units/uint64(perSecond) >= year {
		return 0
	}
	seconds, rest := units/uint64(perSecond), units%uint64(perSecond)
	return time.Duration(seconds)*time.Second + time.Duration(rest*uint64(time.Second)/uint64(perSecond))
}
