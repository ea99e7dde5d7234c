package wamediax

import "time"

// UploadAllOption is a setting of [Client.UploadAll].
type UploadAllOption func(*uploadAllSettings)

type uploadAllSettings struct {
	parallel int
	recheck  time.Duration
	dryRun   bool
}

func newUploadAllSettings(opts []UploadAllOption) uploadAllSettings {
	set := uploadAllSettings{parallel: 8, recheck: 24 * time.Hour}
	for _, opt := range opts {
		opt(&set)
	}
	set.parallel = max(1, set.parallel)
	return set
}

// WithParallelUploads sets how many items are at work at a time: 8. Each may take memory as an upload of its own does: see
// [WithSpoolMemory]. [WithMaxParallel] is a limit for everything that the client uploads, and holds as well.
func WithParallelUploads(n int) UploadAllOption {
	return func(set *uploadAllSettings) { set.parallel = n }
}

// WithRecheck sets how long after the CDN confirmed an object it is asked again: 24 h. Asking costs a request and no byte,
// and finds what the CDN has dropped, which is then sent anew. 0: always.
func WithRecheck(after time.Duration) UploadAllOption {
	return func(set *uploadAllSettings) { set.recheck = after }
}

// WithDryRun tells what would be sent and sends nothing; the socket is not needed. What the resume store does not know is
// read and hashed. The outcomes then have hash, size and MIME type of the content, and where it lies only if that is known;
// [DeliverySent] means that it would be sent, or the CDN be asked at least.
func WithDryRun() UploadAllOption {
	return func(set *uploadAllSettings) { set.dryRun = true }
}
