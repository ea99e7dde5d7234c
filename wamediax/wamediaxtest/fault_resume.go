package wamediaxtest

// LateBytes breaks the connection of an upload as HangUp(after) does, and the next probe reports what the host then holds.
// But up to late more bytes were on their way. They arrive when that probe has been answered, and if the object's last byte
// is among them, the object is whole. A resumed upload that relies on the probe then has an offset that is too small, which
// [Server.CheckOffsets] refuses. Without a probe, these bytes never arrive.
//
// BodyBytes in the record includes the late bytes. Use LateBytes on Uploads: there are no probes for live uploads.
func LateBytes(after, late int64) Effect {
	return Effect{atLimit: cutAtLimit, limit: max(after, 0), late: max(late, 0)}
}

// ForgetPartial answers a probe truthfully, and then the host loses what it holds of the object, as when a partial upload
// expires just then. A resumed upload that goes by the probe is refused with 400, or the status of [Server.CheckOffsets].
// Whole objects are not forgotten.
func ForgetPartial() Effect {
	return Effect{forgets: true}
}
