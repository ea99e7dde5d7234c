package retry

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var (
	alice    = types.NewJID("15550009001", types.DefaultUserServer)
	aliceLID = types.NewJID("91000000009001", types.HiddenUserServer)
	bob      = types.NewJID("15550009002", types.DefaultUserServer) // without a known LID
	group    = types.NewJID("120363000000000001", types.GroupServer)
	mediaKey = bytes.Repeat([]byte{7}, mediaKeySize)
	otherKey = bytes.Repeat([]byte{8}, mediaKeySize)
)

const messageID = "3EB0C767D26A1B2E4F"

// here, gone and so on are answers of a phone.
var (
	here = wamediaxtest.PhoneAnswer{
		MediaKey: mediaKey, Result: waMmsRetry.MediaRetryNotification_SUCCESS, DirectPath: "/v/new",
	}
	gone = wamediaxtest.PhoneAnswer{Error: 2}
)

// with returns answer with changes.
func with(answer wamediaxtest.PhoneAnswer, change func(*wamediaxtest.PhoneAnswer)) wamediaxtest.PhoneAnswer {
	change(&answer)
	return answer
}

func inDirectChat() Request {
	return Request{MessageID: messageID, Chat: alice, MediaKey: mediaKey}
}

func inGroup() Request {
	return Request{MessageID: messageID, Chat: group, Participant: alice, MediaKey: mediaKey}
}

// connect logs in a client that knows alice's two names.
func connect(t testing.TB) (*wamediaxtest.Server, *whatsmeow.Client) {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	cli, err := srv.NewClient(patience(t))
	require.NoError(t, err)
	require.NoError(t, cli.Store.LIDs.PutLIDMapping(patience(t), aliceLID, alice))
	return srv, cli
}

func newRequester(t testing.TB, cli *whatsmeow.Client, opts ...Option) *Requester {
	r := New(cli, opts...)
	t.Cleanup(r.Close)
	return r
}

// patience returns a context for calls that should return at once.
func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// always is a phone that sends the same answers to every receipt, in this order.
func always(t testing.TB, answers ...wamediaxtest.PhoneAnswer) wamediaxtest.Phone {
	return func(req *wamediaxtest.PhoneRequest) {
		for _, answer := range answers {
			if err := req.Answer(answer); err != nil {
				t.Error(err)
			}
		}
	}
}

// inTurn is a phone that handles the first receipt with one function, the second with another, and
// ignores the rest.
func inTurn(phones ...wamediaxtest.Phone) wamediaxtest.Phone {
	var lock sync.Mutex
	return func(req *wamediaxtest.PhoneRequest) {
		lock.Lock()
		next := wamediaxtest.Phone(func(*wamediaxtest.PhoneRequest) {})
		if len(phones) > 0 {
			next, phones = phones[0], phones[1:]
		}
		lock.Unlock()
		next(req)
	}
}

func silence(*wamediaxtest.PhoneRequest) {}

// receipts returns the receipts that the server received, in order.
func receipts(srv *wamediaxtest.Server) []waBinary.Node {
	var found []waBinary.Node
	for _, node := range srv.Nodes() {
		if node.Tag == "receipt" {
			found = append(found, node)
		}
	}
	return found
}

// pendingQuestions returns the number of active requests.
func pendingQuestions(r *Requester) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, flights := range r.pending {
		n += len(flights)
	}
	return n
}

// watched returns a context that signals when a caller waits for its end. A caller of Request does
// so once it has joined or started a request.
func watched(parent context.Context) (ctx context.Context, waiting <-chan struct{}) {
	w := &watchedContext{Context: parent, waiting: make(chan struct{})}
	return w, w.waiting
}

type watchedContext struct {
	context.Context
	once    sync.Once
	waiting chan struct{}
}

func (w *watchedContext) Done() <-chan struct{} {
	w.once.Do(func() { close(w.waiting) })
	return w.Context.Done()
}

// seen returns a channel with each answer that cli has received, after earlier handlers have
// handled it.
func seen[E any](t testing.TB, cli *whatsmeow.Client) <-chan E {
	ch := make(chan E, 2000)
	handler := cli.AddEventHandler(func(evt any) {
		if evt, ok := evt.(E); ok {
			ch <- evt
		}
	})
	t.Cleanup(func() { cli.RemoveEventHandler(handler) })
	return ch
}

// breakSocket returns once cli has lost its socket.
func breakSocket(t testing.TB, srv *wamediaxtest.Server, cli *whatsmeow.Client) {
	lost := seen[*events.Disconnected](t, cli)
	srv.DropConnections()
	<-lost
}
