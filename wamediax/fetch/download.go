package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/transfer"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// download gets one object, or parts of it, with failover between hosts. It is not safe for
// concurrent use.
type download struct {
	*transfer.Transfer
	*object
	settings
	reports reporter

	method    string        // of requests
	path      string        // direct path in use
	recovered bool          // path is the one that WithGone's function returned
	reuploads int           // calls of WithGone's function
	asked     bool          // a host has been asked
	expired   *ExpiredError // what hosts said about an object that is gone; nil: it is not gone

	size     int64 // of the object; -1: not known yet
	fixed    bool  // the reader relies on size, so that it must not change
	max      int64 // the largest size that the object can have
	received int64 // bytes from all hosts
	// hosts that refused a range request and are asked for the whole object
	whole   map[string]bool
	sources map[string]bool // hosts that sent bytes of the current plaintext
	// failed has ended the current read; its error includes the hosts' errors
	ended      bool
	mismatches int   // how often bytes of several hosts did not match
	written    int64 // bytes of plaintext written to the destination
	// canRestart reports whether the download can start over after offset bytes of the object; nil:
	// it cannot.
	canRestart func(offset int64) bool
}

// begin validates msg and gets a media connection.
func (f *Fetcher) begin(ctx context.Context, msg whatsmeow.DownloadableMessage, opts []CallOption) (*download, error) {
	s := f.settings
	for _, opt := range opts {
		if opt != nil {
			opt.call(&s)
		}
	}
	o, err := objectOf(msg, &s)
	if err != nil {
		return nil, err
	}
	if s.limit > 0 && o.length > s.limit {
		return nil, fmt.Errorf("%w: message states %d bytes, limit is %d", cdn.ErrTooLarge, o.length, s.limit)
	}
	d := &download{
		Transfer: transfer.New(f.conns, failover.Policy{
			Download: true, Recoverable: s.gone != nil,
			MaxElapsed: s.maxElapsed, MaxAttempts: s.maxAttempts, FirstPause: s.firstPause, MaxPause: s.maxPause,
		}, o.choose),
		object: o, settings: s, reports: reporter{report: s.progress},
		method: http.MethodGet, path: o.directPath, size: -1, max: o.objectSize(o.maxPlaintext(s.limit)),
		whole: make(map[string]bool), sources: make(map[string]bool),
	}
	return d, d.Begin(ctx)
}

func (d *download) downloaded(bytes int64) Downloaded {
	return Downloaded{Bytes: bytes, BytesReceived: d.received, DirectPath: d.path, Reuploaded: d.recovered}
}

// open retries until a host answers with the object's bytes in [from, to). A to of -1 is the
// object's end.
func (d *download) open(ctx context.Context, from, to int64) (*part, error) {
	for {
		if err := d.Begin(ctx); err != nil {
			return nil, err
		}
		if err := d.recoverExpired(ctx); err != nil {
			return nil, err
		}
		d.asked = true
		want := span{from: from, to: to, size: d.size}
		if want.size < 0 && d.length > 0 {
			want.size = d.objectSize(d.length)
		}
		p, err := d.attempt(ctx, &want)
		if err == nil {
			return p, nil
		}
		if errors.As(err, new(conflict)) {
			return nil, err
		}
		if err = d.failed(ctx, failure(err, want.asked, d.path)); err != nil {
			return nil, err
		}
	}
}

// conflict means that a host's object has another size than the one whose first bytes came from
// other hosts.
type conflict struct{ error }

// attempt sends one request to the host in use.
func (d *download) attempt(ctx context.Context, want *span) (*part, error) {
	if last := d.Last(); last != nil && d.log != nil {
		d.log.Warnf("Continuing download with attempt %d at byte %d on %s after: %v", d.Attempts(), want.from, d.Host(), last)
	}
	d.reports.attempt(d.Host(), d.Attempts(), want.from, d.size)
	req, err := d.request(d.method, d.Host(), d.path)
	if err != nil {
		return nil, unusable{err}
	}
	if d.userAgent != "" {
		req.Header.Set("User-Agent", d.userAgent)
	}
	if !d.whole[d.Host()] {
		want.ask(req)
	}
	p, err := openPart(ctx, d.client, req, *want, d.stallTimeout)
	if err != nil {
		return nil, err
	}
	d.Accepted()
	if err = d.fits(p, want.from); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// fits checks that the object's size on this host is possible. If two hosts disagree, it trusts the
// size that the message has; otherwise the newer one if the download can start over, and the older
// one if it cannot.
func (d *download) fits(p *part, offset int64) error {
	expected := d.length > 0 && p.size == d.objectSize(d.length)
	switch {
	case p.size > d.max:
		return unusable{fmt.Errorf("%w: object is %d bytes on the host, limit is %d", cdn.ErrTooLarge, p.size, d.max)}
	case p.size < 0:
	case d.size < 0, !d.fixed && (expected || len(d.sources) == 0):
		d.size = p.size
	case p.size != d.size:
		err := fmt.Errorf("object is %d bytes on the host, but %d on another", p.size, d.size)
		if !d.fixed && d.mismatches < maxMismatches && d.canRestart != nil && d.canRestart(offset) {
			return conflict{err}
		}
		return unusable{err}
	}
	return nil
}

// maxMismatches is how often a download starts over because bytes of several hosts did not match.
const maxMismatches = 4

// failed decides what follows a failed attempt. Its error ends the download, or the read that
// needed the attempt.
func (d *download) failed(ctx context.Context, res failover.Result) error {
	err := d.decide(ctx, res)
	d.ended = err != nil
	return err
}

func (d *download) decide(ctx context.Context, res failover.Result) error {
	d.recordGone(res)
	step, err := d.Failed(ctx, res)
	if err == nil && step.Action == failover.Recover {
		if step, err = d.recoverObject(ctx); ctx.Err() != nil {
			return d.recoveryEnded(ctx)
		}
	}
	switch {
	case err == nil:
		if step.Restart {
			d.whole[d.Host()] = true
		}
		return nil
	case step.Action == failover.GiveUp && step.Reason == failover.ObjectGone:
		d.expired.hostErrs = d.HostErrors()
		return d.expired
	default:
		return err
	}
}

// recordGone records what a host said about an object that is gone.
func (d *download) recordGone(res failover.Result) {
	var status *cdn.StatusError
	if res.Outcome != failover.Gone && res.Outcome != failover.Denied || !errors.As(res.Err, &status) {
		return
	}
	if d.expired == nil {
		d.expired = new(ExpiredError)
	}
	d.expired.Host, d.expired.StatusCode, d.expired.DirectPath = d.Host(), status.StatusCode, d.path
	if d.recovered {
		d.expired.Err = errors.New("hosts do not have the media under its new direct path either")
	}
}

// longExpired is how long the signature of a direct path must have been expired before its hosts
// are skipped. The margin covers a clock that is wrong by a time zone.
const longExpired = 24 * time.Hour

// recoverExpired has the object uploaded again before any host is asked, if its direct path has
// long expired and WithGone's function is set. If the upload fails, the hosts are asked anyway.
func (d *download) recoverExpired(ctx context.Context) error {
	if d.asked || d.gone == nil || !hasExpired(d.path, time.Now().Add(-longExpired)) {
		return nil
	}
	d.expired = &ExpiredError{DirectPath: d.path, Asked: true}
	d.GoneBefore()
	if err := d.reupload(ctx); err != nil {
		if ctx.Err() != nil {
			return d.recoveryEnded(ctx)
		}
		d.expired.Err = err
	}
	return nil
}

// recoveryEnded returns the error of a download whose context ended during WithGone's function.
func (d *download) recoveryEnded(ctx context.Context) error {
	return fmt.Errorf("failed to have the media uploaded again: %w", d.Ended(ctx, nil))
}

// recoverObject has the object uploaded again. If that fails, the remaining hosts are asked: one of
// them may still have the object.
func (d *download) recoverObject(ctx context.Context) (failover.Step, error) {
	d.expired.Asked = true
	if err := d.reupload(ctx); err != nil {
		d.expired.Err = err
		return d.NotRecovered(ctx)
	}
	return failover.Step{Action: failover.Try}, nil
}

// maxReuploads is how often the media may be uploaded again for one download, or for one Read of a
// Media. Each upload gives every host another chance, so there must be an end.
const maxReuploads = 3

// reupload calls WithGone's function and continues with the direct path that it returns.
func (d *download) reupload(ctx context.Context) error {
	if d.reuploads == maxReuploads {
		return fmt.Errorf("media was uploaded again %d times and lost each time", maxReuploads)
	}
	d.reuploads++
	path, err := d.gone(ctx)
	if err == nil && path == "" {
		err = errors.New("the new upload has no direct path")
	}
	if err != nil {
		return err
	}
	d.Recovered()
	d.path, d.recovered = path, true
	clear(d.whole)
	return nil
}

// retryCorrupt calls read until it succeeds or fails for a reason that another host cannot fix.
// read assembles plaintext from the hosts' bytes; again prepares for another read and reports
// whether that is possible.
func (d *download) retryCorrupt(ctx context.Context, read func() error, again func() bool) error {
	for {
		d.ended = false
		err := read()
		if err == nil || d.ended || !d.mayBeHostsFault(err) || !again() {
			return err
		}
		if errors.As(err, new(conflict)) || len(d.sources) > 1 && d.mismatches < maxMismatches {
			d.mismatches++ // any of them may be wrong, so the host in use is asked for everything
		} else if failed := d.failed(ctx, failover.Result{Outcome: failover.Refused, Err: err}); failed != nil {
			return failed
		}
		clear(d.sources)
		if !d.fixed {
			d.size = -1
		}
	}
}

// mayBeHostsFault reports whether err can come from a host that sent wrong bytes. If the MAC is
// valid the bytes are the sender's, so that another host would not help.
func (d *download) mayBeHostsFault(err error) bool {
	if errors.As(err, new(conflict)) {
		return true
	}
	if d.encrypted() {
		return errors.Is(err, streamenc.ErrInvalidMAC) || errors.Is(err, streamenc.ErrTruncated) ||
			// read in place: the MAC was not checked
			d.fixed && len(d.sidecar) == 0 && errors.Is(err, streamenc.ErrInvalidPadding)
	}
	return errors.Is(err, streamenc.ErrHashMismatch)
}
