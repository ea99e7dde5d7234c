package resume

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// LiveObject is a live upload's destination.
type LiveObject struct {
	Path string // upload path, as "/mms/audio"
	// OnAttempt, if not nil, is called before the first chunk and before each attempt that follows a failed one, from the
	// goroutine that called Send or Finish.
	OnAttempt func(Attempt)
	// Progress, if not nil, is called with the bytes of the object that the host in use has taken: from the goroutines of
	// the HTTP transport, one call at a time, and only while Send or Finish is under way. Where a chunk is sent again, the
	// count goes back to the chunk's beginning.
	Progress func(sent int64)
}

// Live is an upload of an object that is still being made. It goes to the CDN in chunks, under a random token; what it is,
// its hash says after the last one (PROTOCOL: WA Web's live upload, for voice notes while they are recorded).
//
// Call Send for each chunk, in order, then Finish; one call at a time. How long the source takes between two calls does not
// matter: that neither counts as a stall nor ends the upload. After an error it is of no more use.
//
// A chunk that a host has taken is never sent again, so nobody needs to keep it. The price is that, unlike an ordinary
// upload, it cannot begin anew elsewhere: where the host that has the first chunks is gone for good and the others do not
// know of them, it fails.
type Live struct {
	sender
	obj   LiveObject
	taken int64 // bytes of the object
	told  int   // the number of the attempt that OnAttempt was told of last
}

// Live begins a live upload. It sends nothing yet.
func (u *Uploader) Live(obj LiveObject) *Live {
	token := make([]byte, 32)
	_, _ = rand.Read(token) // never fails
	return &Live{sender: u.newSender(obj.Path, Token(token), obj.Progress), obj: obj}
}

// Send sends the next chunk of the object and returns once a host has taken all of it, which takes as many attempts, on as
// many hosts, as an upload is worth: what the package's documentation says of uploads holds for each chunk, but for probes.
// chunk is only read, and not used any more when Send has returned. An empty one does nothing.
//
// If the service does not know live uploads (a host refuses the first chunk, other than for now or for the auth token), the
// error is [ErrLiveUnsupported], at once: the same bytes can go by [Uploader.Upload], which this package leaves to the caller.
func (l *Live) Send(ctx context.Context, chunk []byte) error {
	if len(chunk) == 0 {
		return nil
	}
	end := l.taken + int64(len(chunk))
	query := url.Values{
		"stream":    {"1"},
		"bytestart": {strconv.FormatInt(l.taken, 10)},
		"byteend":   {strconv.FormatInt(end, 10)},
	}
	if _, err := l.deliverRequest(ctx, query, chunk, ignored); err != nil {
		return err
	}
	l.taken = end
	l.report(end)
	return nil
}

// Finish tells the CDN the hash of the whole object, SHA-256 of all chunks together, and returns what the CDN calls the
// object. The errors are as for [Uploader.Upload]; a [cdn.StatusError] 415 means that the CDN does not have what was sent.
// Attempts counts as for an upload in one piece: 1 if nothing went wrong.
func (l *Live) Finish(ctx context.Context, hash []byte) (Response, error) {
	ans, err := l.deliverRequest(ctx, url.Values{"stream": {"1"}, "final_hash": {Token(hash)}}, nil, located(ByURL))
	if err != nil {
		return Response{}, err
	}
	resp := ans.response(ByURL)
	resp.Host, resp.Attempts, resp.Sent = l.hosts.Host(), l.hosts.Attempts(), l.sent
	return resp, nil
}

// Sent returns how many bytes of chunks have left for the network so far, over all attempts.
func (l *Live) Sent() int64 { return l.sent }

// Refused tells whether a host has refused a chunk, or the end, in a way that another attempt there cannot change. After an
// error it says that the hosts may be there, but not for this.
func (l *Live) Refused() bool { return l.hosts.SomeHostRefused() }

// deliverRequest makes attempts at one request until a host has taken it.
func (l *Live) deliverRequest(ctx context.Context, query url.Values, chunk []byte, read func(io.Reader) (*answer, error)) (*answer, error) {
	ans, err := l.deliver(ctx, func(ctx context.Context, _ bool) (*answer, *failover.Result) {
		attempt := l.next(l.taken)
		if l.obj.OnAttempt != nil && attempt.Number != l.told {
			l.obj.OnAttempt(attempt)
		}
		l.told = attempt.Number
		part := stretch{io.NopCloser(bytes.NewReader(chunk)), l.taken, l.taken + int64(len(chunk))}
		ans, _, failure := l.post(ctx, query, part, read)
		switch {
		case failure == nil:
		case failure.Outcome == failover.Refused && l.taken == 0:
			failure.Outcome, failure.Err = failover.Fatal, fmt.Errorf("%w: %s: %w", ErrLiveUnsupported, l.hosts.Host(), failure.Err)
		default:
			failure.Resumed = false                      // a chunk cannot begin elsewhere
			failure.Moved = failure.Moved || l.taken > 0 // the host that has the chunks before is worth a second attempt
		}
		return ans, failure
	})
	if err != nil {
		return nil, fmt.Errorf("failed to upload: %w", err)
	}
	return ans, nil
}

// ignored reads the body of a success that says nothing of interest: the status has said that the chunk was taken. It is
// read so that the connection can be used again.
func ignored(body io.Reader) (*answer, error) {
	if _, err := io.Copy(io.Discard, io.LimitReader(body, maxAnswer)); err != nil {
		return nil, fmt.Errorf("failed to read the answer: %w", err)
	}
	return nil, nil
}
