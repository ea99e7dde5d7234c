package wamediax

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// maxRetryAfter bounds the pause that a host may ask for.
const maxRetryAfter = time.Minute

// transfer gets one object, or parts of it, from whichever host gives them: it picks the host, and decides what follows when
// an attempt fails. It is used by one goroutine at a time.
type transfer struct {
	c       *Client
	media   *media
	s       *downloadSettings
	http    *http.Client
	reports *reporter

	path       string // direct path in use
	reuploaded bool   // it is the phone's
	size       int64  // of the object; -1: no host has said it
	max        int64  // more than this the object cannot have
	received   int64  // bytes from all hosts

	conn  *mediaConn
	names []string // of conn's hosts, in the order in which they are tried
	at    int      // the one in use
	hosts map[string]*downloadHost

	attempts   int
	after      error         // what the last attempt ended with, if it failed
	refreshed  bool          // conn was fetched because of a 401 or 403, and nothing has come since
	answer     *retry.Result // the phone's, and nothing has come since
	distrusted int           // how often a host gave wrong bytes
	round      int           // connections without a byte since the last pause
	failing    time.Time     // since when nothing has come; zero: something has, or nothing has been tried
	backoff    *backoff.ExponentialBackOff
}

// downloadHost is what a transfer knows of one host.
type downloadHost struct {
	noRange bool  // it does not send parts: it is asked for the whole object
	refused bool  // it will not give the object, whatever we do
	stalls  int   // how many of the last attempts there stalled, in a row
	said    error // how the last attempt ended there
}

func (c *Client) newTransfer(ctx context.Context, msg whatsmeow.DownloadableMessage, opts []DownloadOption) (*transfer, error) {
	if c == nil || c.Client == nil {
		return nil, whatsmeow.ErrClientIsNil
	}
	m, err := mediaOf(msg)
	if err != nil {
		return nil, err
	}
	s := newDownloadSettings(c.downloading, opts)
	if s.limit > 0 && m.length > s.limit {
		return nil, fmt.Errorf("%w: the message says %d bytes, the limit is %d", ErrTooLarge, m.length, s.limit)
	}
	noRedirects := *c.http.Load()
	noRedirects.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval, pause.Multiplier = s.backoffFirst, s.backoffMax, 2
	pause.Reset()
	t := &transfer{
		c: c, media: m, s: s, http: &noRedirects, reports: &reporter{report: s.progress},
		path: m.directPath, size: -1, max: m.maxObject(s.limit),
		hosts: make(map[string]*downloadHost), backoff: pause,
	}
	return t, t.connect(ctx, time.Time{})
}

func (t *transfer) downloaded(bytes int64) Downloaded {
	return Downloaded{Bytes: bytes, BytesReceived: t.received, DirectPath: t.path, Reuploaded: t.reuploaded}
}

func (t *transfer) host() string { return t.names[t.at] }

func (t *transfer) state(name string) *downloadHost {
	if t.hosts[name] == nil {
		t.hosts[name] = new(downloadHost)
	}
	return t.hosts[name]
}

// connect gets a connection that was fetched after the given moment, and goes on with the host in use if it still lists it.
func (t *transfer) connect(ctx context.Context, after time.Time) error {
	conn, err := t.c.conns.get(ctx, after)
	if ctx.Err() != nil {
		return endedBy(ctx)
	} else if err != nil {
		return fmt.Errorf("failed to query media_conn: %w", err)
	}
	takes := func(host mediaHost) []string { return host.download }
	names := cdn.InOrder(hostsFor(conn.hosts, t.media.mmsType, takes))
	if len(names) == 0 {
		return cdn.ErrNoHosts
	}
	at := 0
	if t.conn != nil {
		at = max(0, slices.Index(names, t.host()))
	}
	t.conn, t.names, t.at = conn, names, at
	return nil
}

// attempt asks the host in use for the object's bytes from from on, up to to or, if that is -1, to its end.
func (t *transfer) attempt(ctx context.Context, from, to int64) (*part, *setback) {
	if time.Now().After(t.conn.expires) {
		_ = t.connect(ctx, time.Time{}) // where there is none to be had, the old one has to do
	}
	t.attempts++
	if t.after != nil {
		t.c.Log.Warnf("Download goes on with attempt %d at byte %d on %s after: %v", t.attempts, from, t.host(), t.after)
		t.after = nil
	}
	t.reports.fetch(t.host(), t.attempts, from, t.size)
	req, err := t.media.request(t.host(), t.path)
	if err != nil {
		return nil, &setback{kind: refused, err: err}
	}
	if userAgent := internals(t.c.Client).GetUserAgent(); userAgent != "" {
		req.Header.Set("User-Agent", userAgent)
	}
	want := span{from: from, to: to, size: t.size}
	if want.size < 0 && t.media.length > 0 {
		want.size = t.media.objectSize(t.media.length)
	}
	if !t.state(t.host()).noRange {
		want.ask(req)
	}
	part, setback := openPart(ctx, t.http, req, want, t.s.stallTimeout)
	if setback == nil {
		if setback = t.fits(part); setback != nil {
			part.close()
		}
	}
	return part, setback
}

// fits checks that the object has a possible size, and the same one on all hosts.
func (t *transfer) fits(p *part) *setback {
	switch {
	case p.size > t.max:
		return &setback{kind: refused, err: fmt.Errorf("%w: it has %d bytes on the host, and may have %d", ErrTooLarge, p.size, t.max)}
	case p.size >= 0 && t.size >= 0 && p.size != t.size:
		return &setback{kind: refused, err: fmt.Errorf("the object has %d bytes, but had %d before", p.size, t.size)}
	case p.size >= 0:
		t.size = p.size
	}
	return nil
}

// took notes that bytes came that had not been had before. What hosts refused was another part: they are asked again.
func (t *transfer) took() {
	for _, host := range t.hosts {
		host.refused = false
	}
	t.failing, t.round, t.refreshed, t.answer = time.Time{}, 0, false, nil
	t.backoff.Reset()
}

// next decides what follows an attempt that failed: it waits where that helps and picks the host, or the path. An error ends
// the transfer.
func (t *transfer) next(ctx context.Context, sb *setback) error {
	if ctx.Err() != nil {
		return endedBy(ctx)
	}
	host := t.state(t.host())
	host.said = fmt.Errorf("%s: %w", t.host(), sb.err)
	t.after = host.said
	if t.failing.IsZero() {
		t.failing = time.Now()
	}
	if sb.kind == brokeOff && !sb.moved {
		t.round++
	}
	host.stalls++
	if !errors.Is(sb.err, cdn.ErrStalled) {
		host.stalls = 0
	}
	switch {
	case sb.kind == denied && !t.refreshed:
		t.refreshed = true
		if err := t.connect(ctx, t.conn.fetched); err != nil {
			return errors.Join(err, host.said)
		}
		return nil
	case sb.kind == denied, sb.kind == expired:
		return t.bringBack(ctx, sb)
	case sb.kind == misplaced:
		host.noRange = true
		return nil
	case sb.kind == refused:
		host.refused = true
	case sb.moved && host.stalls < 2:
		return nil // the same host, from where it broke
	}
	willing := t.willing()
	if willing == 0 {
		return t.failure()
	}
	if sb.kind == busy || sb.kind == brokeOff && t.round >= willing {
		if err := t.wait(ctx, sb.retryAfter); err != nil {
			return err
		}
	}
	t.nextHost()
	return nil
}

// willing counts the hosts that have not refused the object.
func (t *transfer) willing() int {
	n := 0
	for _, name := range t.names {
		if !t.state(name).refused {
			n++
		}
	}
	return n
}

// nextHost goes on with the next host that has not refused the object. There must be one.
func (t *transfer) nextHost() {
	for range t.names {
		t.at = (t.at + 1) % len(t.names)
		if !t.state(t.host()).refused {
			return
		}
	}
}

// wait pauses before the next attempt, for as long as the host asked or the growing pause says.
func (t *transfer) wait(ctx context.Context, retryAfter time.Duration) error {
	t.round = 0
	pause := t.backoff.NextBackOff()
	if retryAfter > 0 {
		pause = min(retryAfter, maxRetryAfter)
	}
	if time.Since(t.failing)+pause > t.s.maxElapsed {
		return fmt.Errorf("%w: %w", ErrUnreachable, t.failure())
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return endedBy(ctx)
	}
}

// bringBack asks the phone for media that the hosts no longer have.
func (t *transfer) bringBack(ctx context.Context, sb *setback) error {
	gone := &ExpiredError{Host: t.host(), StatusCode: sb.status, DirectPath: t.path}
	if t.s.reupload == nil {
		return gone
	}
	gone.Asked = true
	if t.answer != nil { // and that did not help
		gone.Answer = t.answer.Status
		return gone
	}
	result, err := t.c.Reupload(ctx, retry.RequestFor(t.s.reupload, t.media.key))
	switch {
	case ctx.Err() != nil:
		return endedBy(ctx)
	case err != nil:
		gone.Err = err
		return gone
	}
	gone.Answer = result.Status
	switch result.Status {
	case retry.Success:
		t.path, t.reuploaded = result.DirectPath, true
	case retry.NotFound: // it cannot know what the other hosts hold
		t.nextHost()
	default:
		return gone
	}
	t.answer = &result
	t.forgive()
	return nil
}

// distrust is told that the bytes that came were wrong. It reports whether there is a host to begin again with.
func (t *transfer) distrust(err error) bool {
	t.distrusted++
	if t.distrusted >= len(t.names) {
		return false
	}
	t.after = fmt.Errorf("%s: %w", t.host(), err)
	t.forgive()
	t.nextHost()
	t.size = -1
	return true
}

// forgive forgets what hosts said, for an attempt at something else.
func (t *transfer) forgive() {
	clear(t.hosts)
	t.failing, t.round = time.Time{}, 0
	t.backoff.Reset()
}

// failure joins what each host said last.
func (t *transfer) failure() error {
	var said []error
	for _, name := range t.names {
		if err := t.state(name).said; err != nil {
			said = append(said, err)
		}
	}
	return errors.Join(said...)
}
