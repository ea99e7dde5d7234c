package cdn

// LateBytes implements wamediaxtest.LateBytes.
func LateBytes(after, late int64) Effect {
	return Effect{atLimit: cutAtLimit, limit: max(after, 0), late: max(late, 0)}
}

// ForgetPartial implements wamediaxtest.ForgetPartial.
func ForgetPartial() Effect {
	return Effect{forgets: true}
}
