//go:build !unix

package wamediax_test

// cpuSeconds returns 0: CPU time is measured on Unix only.
func cpuSeconds() float64 { return 0 }
