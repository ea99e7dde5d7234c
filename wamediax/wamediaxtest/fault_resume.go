package wamediaxtest

// LateBytes breaks the connection of an upload as [HangUp] does: the host holds exactly after bytes of its body, and the
// next probe says so. But up to late bytes more were under way, and they arrive once that probe has been answered: the host
// then holds them too (the whole object, if they include its last byte), and a resumed upload that goes by the probe comes
// with an offset that is too small. [Server.CheckOffsets] has it refused. Without a probe they never arrive.
//
// The record counts all after+late bytes as BodyBytes. Use it on Uploads: nobody probes for live uploads.
func LateBytes(after, late int64) Effect {
	return Effect{atLimit: cutAtLimit, limit: max(after, 0), late: max(late, 0)}
}

// ForgetPartial answers a probe truthfully, and then the host loses what it holds of the object, as when a partial upload
// expires just then. A resumed upload that goes by the probe is refused with 400, or the status of [Server.CheckOffsets].
// Whole objects are not forgotten.
func ForgetPartial() Effect {
	return Effect{forgets: true}
}
