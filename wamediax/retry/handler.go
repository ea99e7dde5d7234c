package retry

import (
	"runtime"
	"strings"
)

// nodeQueue is the whatsmeow function that calls event handlers one after the other. Handlers of
// events that are dispatched elsewhere block nothing.
const nodeQueue = "go.mau.fi/whatsmeow.(*Client).handlerQueueLoop"

// inEventHandler reports whether an event handler that blocks later events is on the call stack. It
// does not see a handler that waits for another goroutine, and always returns false if the program
// was built without function names.
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
