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

// LiveObject is the destination of a live upload.
type LiveObject struct {
	Path string // upload path, such as "/mms/audio"
	// CoarsePath replaces Path if a host answers the first chunk with 404. "" means none.
	CoarsePath string
	// OnAttempt, if not nil, is called before the first chunk and before each retry, by the
	// goroutine that calls Send or Finish.
	OnAttempt func(Attempt)
	// Progress, if not nil, is called with the number of bytes that the host in use has taken, by
	// the goroutine that calls Send or Finish. When a chunk is sent again, the number falls back to
	// the chunk's start.
	Progress func(sent int64)
}

// Live uploads an object that is still growing. It sends chunks under a random token, and the
// object's hash after the last chunk (PROTOCOL: WA Web's live upload, for voice notes while they
// are recorded).
//
// Call Send for each chunk in order, then Finish, one call at a time. Time between calls does not
// count as a stall or towards [WithMaxElapsed]. After an error, discard the Live.
//
// A chunk that a host has taken is never sent again, so the caller need not keep it. In return a
// live upload, unlike an ordinary one, cannot start over on another host: it fails if the host with
// the first chunks is gone and no other host has them.
type Live struct {
	sender
	obj     LiveObject
	taken   int64 // bytes of the object that hosts have taken
	attempt int   // number of the attempt last passed to OnAttempt
}

// Live starts a live upload. It sends nothing yet.
func (u *Uploader) Live(obj LiveObject) *Live {
	token := make([]byte, 32)
	_, _ = rand.Read(token) // never fails
	return &Live{sender: u.newSender(obj.Path, Token(token), obj.Progress), obj: obj}
}

// Send sends the next chunk of the object, and returns when a host has taken all of it. It retries
// and fails over like [Uploader.Upload]; see the package documentation. It does not modify chunk,
// and does not use it after returning. An empty chunk does nothing.
//
// If a host refuses the first chunk permanently, for another reason than the auth token, Send
// returns [ErrLiveUnsupported] at once. The caller can then send the same bytes with
// [Uploader.Upload].
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
	if _, err := l.deliverRequest(ctx, query, chunk, discardBody); err != nil {
		return err
	}
	l.taken = end
	l.report(end)
	return nil
}

// Finish sends the SHA-256 of the whole object, that is of all chunks together, and returns the
// CDN's response. Its errors are those of [Uploader.Upload]. A [cdn.StatusError] of 415 means that
// the CDN has other bytes than were sent. Response.Attempts is 1 if nothing failed, like for an
// ordinary upload.
func (l *Live) Finish(ctx context.Context, hash []byte) (Response, error) {
	ans, err := l.deliverRequest(ctx, url.Values{"stream": {"1"}, "final_hash": {Token(hash)}}, nil, located(ByURL))
	if err != nil {
		return Response{}, err
	}
	resp := ans.response(ByURL)
	resp.Path, resp.Host, resp.Attempts, resp.Sent = l.path, l.hosts.Host(), l.hosts.Attempts(), l.sent
	return resp, nil
}

// Sent returns how many bytes of chunks were sent to the network so far, over all attempts.
func (l *Live) Sent() int64 { return l.sent }

// Refused reports whether a host has permanently refused a chunk or the end. After an error, it
// shows that hosts are reachable but do not accept this object as a live upload.
func (l *Live) Refused() bool { return l.hosts.SomeHostRefused() }

// deliverRequest retries one request until a host has taken it.
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
			// a chunk cannot restart at byte 0 of the object
			failure.Resumed = false
			// the host with the earlier chunks is worth a second attempt
			failure.Moved = failure.Moved || l.taken > 0
		}
		return ans, failure
	})
	if err != nil {
		return nil, fmt.Errorf("failed to upload: %w", err)
	}
	return ans, nil
}

func (l *Live) postChunk(ctx context.Context, query url.Values, chunk []byte, read func(io.Reader) (*answer, error)) (*answer, *failover.Result) {
	part := objectPart{io.NopCloser(bytes.NewReader(chunk)), l.taken, l.taken + int64(len(chunk))}
	ans, _, failure := l.post(ctx, query, part, read)
	return ans, failure
}

// discardBody discards the body of a success whose status is all that matters, so that the
// connection can be reused.
func discardBody(body io.Reader) (*answer, error) {
	if _, err := io.Copy(io.Discard, io.LimitReader(body, maxAnswer)); err != nil {
		return nil, fmt.Errorf("failed to read the response: %w", err)
	}
	return nil, nil
}
