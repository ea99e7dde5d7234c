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
	// CoarsePath takes the place of Path once a host says of the first chunk that there is no such path (404); "" for none.
	CoarsePath string
	// OnAttempt, if not nil, is called before the first chunk and before each attempt that follows a failed one, on the
	// goroutine that called Send or Finish.
	OnAttempt func(Attempt)
	// Progress, if not nil, is called with the number of the object's bytes that the host in use has taken, on the goroutine
	// that called Send or Finish. When a chunk is sent again, the count goes back to the chunk's beginning.
	Progress func(sent int64)
}

// Live is an upload of an object that is still being made. It goes to the CDN in chunks under a random token; the object's
// hash follows after the last one (PROTOCOL: WA Web's live upload, for voice notes while they are recorded).
//
// Call Send for each chunk, in order, then Finish; one call at a time. The time between two calls does not count: it is
// no stall and does not end the upload. After an error a Live is of no more use.
//
// A chunk that a host has taken is never sent again, so callers need not keep it. The price: unlike an ordinary upload, a
// live one cannot begin again elsewhere. If the host that has the first chunks is gone and the others do not have them,
// it fails.
type Live struct {
	sender
	obj     LiveObject
	taken   int64 // bytes of the object
	attempt int   // the number of the attempt that OnAttempt was called with last
}

// Live begins a live upload. It sends nothing yet.
func (u *Uploader) Live(obj LiveObject) *Live {
	token := make([]byte, 32)
	_, _ = rand.Read(token) // never fails
	return &Live{sender: u.newSender(obj.Path, Token(token), obj.Progress), obj: obj}
}

// Send sends the next chunk of the object and returns once a host has taken all of it. It makes as many attempts, on as many
// hosts, as an upload would; see the package's documentation. chunk is only read, and not used after Send has returned. An
// empty one does nothing.
//
// If a host refuses the first chunk, other than for now or for the auth token, the error is [ErrLiveUnsupported], at once.
// The caller can then send the same bytes with [Uploader.Upload].
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

// Finish sends the hash of the whole object, SHA-256 of all chunks together, and returns the CDN's name for the object. The
// errors are as for [Uploader.Upload]; a [cdn.StatusError] 415 means that the CDN does not have the bytes that were sent.
// Attempts counts as for an upload in one piece: 1 if nothing went wrong.
func (l *Live) Finish(ctx context.Context, hash []byte) (Response, error) {
	ans, err := l.deliverRequest(ctx, url.Values{"stream": {"1"}, "final_hash": {Token(hash)}}, nil, located(ByURL))
	if err != nil {
		return Response{}, err
	}
	resp := ans.response(ByURL)
	resp.Path, resp.Host, resp.Attempts, resp.Sent = l.path, l.hosts.Host(), l.hosts.Attempts(), l.sent
	return resp, nil
}

// Sent returns how many bytes of chunks have left for the network so far, over all attempts.
func (l *Live) Sent() int64 { return l.sent }

// Refused reports whether a host has refused a chunk, or the end, in a way that another attempt there cannot change. After
// an error it means that hosts can be reached, but do not take this object live.
func (l *Live) Refused() bool { return l.hosts.SomeHostRefused() }

// deliverRequest makes attempts at one request until a host has taken it.
func (l *Live) deliverRequest(ctx context.Context, query url.Values, chunk []byte, read func(io.Reader) (*answer, error)) (*answer, error) {
	ans, err := l.deliver(ctx, func(ctx context.Context, _ bool) (*answer, *failover.Result) {
		attempt := l.next(l.taken)
		if l.obj.OnAttempt != nil && attempt.Number != l.attempt {
			l.obj.OnAttempt(attempt)
		}
		l.attempt = attempt.Number
		ans, failure := l.postChunk(ctx, query, chunk, read)
		if failure != nil && l.taken == 0 && l.toCoarsePath(l.obj.CoarsePath, failure.Err) {
			ans, failure = l.postChunk(ctx, query, chunk, read)
		}
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

func (l *Live) postChunk(ctx context.Context, query url.Values, chunk []byte, read func(io.Reader) (*answer, error)) (*answer, *failover.Result) {
	part := stretch{io.NopCloser(bytes.NewReader(chunk)), l.taken, l.taken + int64(len(chunk))}
	ans, _, failure := l.post(ctx, query, part, read)
	return ans, failure
}

// ignored reads the body of a success that says nothing of interest: the status has said that the chunk was taken. It is
// read so that the connection can be used again.
func ignored(body io.Reader) (*answer, error) {
	if _, err := io.Copy(io.Discard, io.LimitReader(body, maxAnswer)); err != nil {
		return nil, fmt.Errorf("failed to read the answer: %w", err)
	}
	return nil, nil
}
