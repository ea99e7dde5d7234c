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

// download gets one object, or parts of it, from whichever host gives them. It is used by one goroutine at a time.
type download struct {
	*transfer.Transfer
	*object
	settings
	reports reporter

	method    string        // of requests
	path      string        // direct path in use
	recovered bool          // it is the one that bringing the object back gave
	asked     bool          // a host was
	expired   *ExpiredError // what is known of why the object is gone; nil: it is not

	size     int64           // of the object; -1: no host has said it
	fixed    bool            // size is relied on and must not change
	max      int64           // more than this the object cannot have
	received int64           // bytes from all hosts
	whole    map[string]bool // hosts that are asked for the whole object, because they refused a part
	givers   map[string]bool // hosts that gave bytes of the plaintext that is being put together
	over     bool            // failed has ended the read under way: what hosts said of it is in the error
	mixed    int             // how often what several hosts gave did not fit together
	written  int64           // bytes of plaintext that the destination has
	// anew reports whether the download can begin anew after so many bytes of the object; nil: it cannot.
	anew func(offset int64) bool
}

// begin checks what msg says and gets a media connection.
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
		return nil, fmt.Errorf("%w: the message says %d bytes, the limit is %d", cdn.ErrTooLarge, o.length, s.limit)
	}
	d := &download{
		Transfer: transfer.New(f.conns, failover.Policy{
			Download: true, Recoverable: s.gone != nil,
			MaxElapsed: s.maxElapsed, MaxAttempts: s.maxAttempts, FirstPause: s.firstPause, MaxPause: s.maxPause,
		}, o.choose),
		object: o, settings: s, reports: reporter{report: s.progress},
		method: http.MethodGet, path: o.directPath, size: -1, max: o.objectSize(o.maxPlaintext(s.limit)),
		whole: make(map[string]bool), givers: make(map[string]bool),
	}
	return d, d.Begin(ctx)
}

func (d *download) downloaded(bytes int64) Downloaded {
	return Downloaded{Bytes: bytes, BytesReceived: d.received, DirectPath: d.path, Reuploaded: d.recovered}
}

// open makes attempts until a host answers with the object's bytes from from on, up to to or, if that is -1, to its end.
func (d *download) open(ctx context.Context, from, to int64) (*part, error) {
	for {
		if err := d.Begin(ctx); err != nil {
			return nil, err
		}
		if err := d.foresee(ctx); err != nil {
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

// conflict is an object of another size than the one that hosts gave the beginning of.
type conflict struct{ error }

// attempt asks the host in use once.
func (d *download) attempt(ctx context.Context, want *span) (*part, error) {
	if last := d.Last(); last != nil && d.log != nil {
		d.log.Warnf("Download goes on with attempt %d at byte %d on %s after: %v", d.Attempts(), want.from, d.Host(), last)
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

// fits checks that the object has a possible size on this host. Of two sizes that hosts say, the message's own is believed;
// else the newer one if the download can begin anew, and the older one if it cannot.
func (d *download) fits(p *part, offset int64) error {
	expected := d.length > 0 && p.size == d.objectSize(d.length)
	switch {
	case p.size > d.max:
		return unusable{fmt.Errorf("%w: it has %d bytes on the host and may have %d", cdn.ErrTooLarge, p.size, d.max)}
	case p.size < 0:
	case d.size < 0, !d.fixed && (expected || len(d.givers) == 0):
		d.size = p.size
	case p.size != d.size:
		err := fmt.Errorf("object has %d bytes on the host and has %d on another", p.size, d.size)
		if !d.fixed && d.mixed < maxMixed && d.anew != nil && d.anew(offset) {
			return conflict{err}
		}
		return unusable{err}
	}
	return nil
}

// maxMixed is how often a download begins anew because what several hosts gave did not fit together.
const maxMixed = 4

// failed decides what follows an attempt that failed. An error ends the download, or the read that needed the attempt.
func (d *download) failed(ctx context.Context, res failover.Result) error {
	err := d.decide(ctx, res)
	d.over = err != nil
	return err
}

func (d *download) decide(ctx context.Context, res failover.Result) error {
	d.noteGone(res)
	step, err := d.Failed(ctx, res)
	if err == nil && step.Action == failover.Recover {
		if step, err = d.bringBack(ctx); ctx.Err() != nil {
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
		d.expired.said = d.Said()
		return d.expired
	default:
		return err
	}
}

// noteGone keeps what a host said of an object that is gone.
func (d *download) noteGone(res failover.Result) {
	var status *cdn.StatusError
	if res.Outcome != failover.Gone && res.Outcome != failover.Denied || !errors.As(res.Err, &status) {
		return
	}
	if d.expired == nil {
		d.expired = new(ExpiredError)
	}
	d.expired.Host, d.expired.StatusCode, d.expired.DirectPath = d.Host(), status.StatusCode, d.path
	if d.recovered {
		d.expired.Err = errors.New("media is not at the path that it was said to be uploaded to again")
	}
}

// longExpired is how long ago the signature of a direct path must have ended for its hosts not to be asked first: the clock
// here may be wrong by a time zone.
const longExpired = 24 * time.Hour

// foresee has an object that its hosts no longer give uploaded again before any of them is asked, where the direct path says
// that its time is over and there is somebody to ask. If that does not help, the hosts are asked after all.
func (d *download) foresee(ctx context.Context) error {
	if d.asked || d.gone == nil || !hasExpired(d.path, time.Now().Add(-longExpired)) {
		return nil
	}
	d.expired = &ExpiredError{DirectPath: d.path, Asked: true}
	d.GoneBefore()
	if err := d.moveOn(ctx); err != nil {
		if ctx.Err() != nil {
			return d.recoveryEnded(ctx)
		}
		d.expired.Err = err
	}
	return nil
}

// recoveryEnded is the error of a download whose context ended while the object was being brought back.
func (d *download) recoveryEnded(ctx context.Context) error {
	return fmt.Errorf("failed to bring the media back: %w", d.Ended(ctx, nil))
}

// bringBack has the object uploaded again. If that fails, the hosts that remain are asked: that the object cannot be brought
// back does not mean that none of them has it.
func (d *download) bringBack(ctx context.Context) (failover.Step, error) {
	d.expired.Asked = true
	if err := d.moveOn(ctx); err != nil {
		d.expired.Err = err
		return d.NotRecovered(ctx)
	}
	return failover.Step{Action: failover.Try}, nil
}

// moveOn has the object uploaded again, and goes on with the direct path that it then has.
func (d *download) moveOn(ctx context.Context) error {
	path, err := d.gone(ctx)
	if err == nil && path == "" {
		err = errors.New("media was brought back without a direct path")
	}
	if err != nil {
		return err
	}
	d.Recovered()
	d.path, d.recovered = path, true
	clear(d.whole)
	return nil
}

// elsewhere calls read until it succeeds, or fails for a reason that no other host can help: it puts plaintext together from
// what hosts give. again reports whether read can begin anew.
func (d *download) elsewhere(ctx context.Context, read func() error, again func() bool) error {
	for {
		d.over = false
		err := read()
		if err == nil || d.over || !d.mayBeHostsFault(err) || !again() {
			return err
		}
		if errors.As(err, new(conflict)) || len(d.givers) > 1 && d.mixed < maxMixed {
			d.mixed++ // any of them may be wrong: the one in use is asked for everything
		} else if failed := d.failed(ctx, failover.Result{Outcome: failover.Refused, Err: err}); failed != nil {
			return failed
		}
		clear(d.givers)
		if !d.fixed {
			d.size = -1
		}
	}
}

// mayBeHostsFault reports whether err says that the bytes may not be the sender's, so that another host may have better
// ones. A MAC that holds means that they are the sender's own, whatever else is wrong with them.
func (d *download) mayBeHostsFault(err error) bool {
	if errors.As(err, new(conflict)) {
		return true
	}
	if d.encrypted() {
		return errors.Is(err, streamenc.ErrInvalidMAC) || errors.Is(err, streamenc.ErrTruncated) ||
			d.fixed && len(d.sidecar) == 0 && errors.Is(err, streamenc.ErrInvalidPadding) // read in place: no MAC was checked
	}
	return errors.Is(err, streamenc.ErrHashMismatch)
}
