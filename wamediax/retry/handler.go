package retry

import (
	"runtime"
	"strings"
)

// nodeQueue is the function whose goroutines call whatsmeow's event handlers, one after the other. Some events are dispatched
// outside of it, which holds up nothing.
const nodeQueue = "go.mau.fi/whatsmeow.(*Client).handlerQueueLoop"

// inEventHandler reports whether it was called, however indirectly, by an event handler that holds up those that follow. It
// cannot see a handler that waits for another goroutine, and finds nothing in a program whose function names were removed.
func inEventHandler() bool {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		if n == 0 {
			return false
		}
		frames := runtime.CallersFrames(pcs[:n])
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if strings.HasPrefix(frame.Function, nodeQueue) {
				return true
			}
		}
	}
}
