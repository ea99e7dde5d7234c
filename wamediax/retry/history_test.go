package retry

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// history is the notification about an expired blob.
func history() *waE2E.HistorySyncNotification {
	return &waE2E.HistorySyncNotification{
		DirectPath: proto.String("/v/old"), MediaKey: mediaKey, FileSHA256: []byte("content"), FileEncSHA256: []byte("object"),
		SyncType: waE2E.HistorySyncType_RECENT.Enum(), ChunkOrder: proto.Uint32(3),
	}
}

// again returns history as the phone announces it after the new upload.
func again(change func(*waE2E.HistorySyncNotification)) *waE2E.HistorySyncNotification {
	notif := history()
	notif.DirectPath = proto.String("/v/new")
	change(notif)
	return notif
}

func announce(t *testing.T, from *whatsmeow.Client, to types.JID, notif *waE2E.HistorySyncNotification) {
	_, err := from.SendMessage(patience(t), to.ToNonAD(), &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(), HistorySyncNotification: notif,
	}})
	if err != nil {
		t.Error(err)
	}
}

func TestHistoryReceiptMatchesWhatsmeows(t *testing.T) {
	srv, cli := connect(t)
	asked := make(chan *wamediaxtest.PhoneRequest, 2)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) { asked <- req })
	require.NoError(t, cli.SendHistorySyncServerErrorReceipt(patience(t), messageID, mediaKey))
	theirs := <-asked
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		asked <- req
		always(t, here)(req)
	})
	got, err := newRequester(t, cli).RequestHistory(patience(t), messageID, history())
	require.NoError(t, err)
	require.Equal(t, Success, got.Status)
	ours := <-asked
	require.True(t, ours.History)
	require.NoError(t, ours.Open(mediaKey))
	require.NoError(t, theirs.Open(mediaKey))
	require.Equal(t, theirs.Node.Attrs, ours.Node.Attrs)
	shape := func(node waBinary.Node) (tags []string) {
		for _, child := range node.GetChildren() {
			tags = append(tags, child.Tag)
		}
		return tags
	}
	require.Equal(t, shape(theirs.Node), shape(ours.Node))
}

func TestAnswersAboutHistory(t *testing.T) {
	srv, cli := connect(t)
	cli.ManualHistorySyncDownload = true // so that whatsmeow does not download it
	own := cli.Store.GetJID()
	own.Device++
	companion, err := srv.NewClient(patience(t), wamediaxtest.WithJID(own)) // instead of the phone; its messages arrive the same way
	require.NoError(t, err)
	stranger, err := srv.NewClient(patience(t))
	require.NoError(t, err)
	r := newRequester(t, cli, WithSilenceLimit(0, 0))

	// An announcement can still be waiting for its ack when the request has its answer.
	var announcing sync.WaitGroup
	defer announcing.Wait()
	announce := func(t *testing.T, from *whatsmeow.Client, to types.JID, notif *waE2E.HistorySyncNotification) {
		announcing.Add(1)
		defer announcing.Done()
		announce(t, from, to, notif)
	}

	nothing := func(*waE2E.HistorySyncNotification) {}
	otherBlob := func(notif *waE2E.HistorySyncNotification) {
		notif.OriginalMessageID = proto.String(messageID)
		notif.MediaKey, notif.FileSHA256 = otherKey, []byte("other content")
	}
	elsewhere := func(notif *waE2E.HistorySyncNotification) { notif.DirectPath = proto.String("/v/not/looked/at") }
	for name, row := range map[string]struct {
		phone  wamediaxtest.Phone
		status Status
		want   *waE2E.HistorySyncNotification
		err    error
	}{
		"a new path, like other media":          {phone: always(t, here), status: Success, want: again(nothing)},
		"a bare error code":                     {phone: always(t, gone), status: NotFound},
		"success without a path is no answer":   {phone: always(t, wamediaxtest.PhoneAnswer{Error: 1}), err: ErrInvalidAnswer},
		"a notification with the same key":      {phone: func(*wamediaxtest.PhoneRequest) { announce(t, companion, own, again(nothing)) }, status: Success, want: again(nothing)},
		"a notification of another blob for it": {phone: func(*wamediaxtest.PhoneRequest) { announce(t, companion, own, again(otherBlob)) }, status: Success, want: again(otherBlob)},
		"a notification that has the blob in it": {
			phone: func(*wamediaxtest.PhoneRequest) {
				announce(t, companion, own, again(func(notif *waE2E.HistorySyncNotification) {
					notif.DirectPath, notif.InitialHistBootstrapInlinePayload = nil, []byte("blob")
				}))
			},
			status: Success,
			want: again(func(notif *waE2E.HistorySyncNotification) {
				notif.DirectPath, notif.InitialHistBootstrapInlinePayload = nil, []byte("blob")
			}),
		},
		"a notification without a path": {
			phone: func(*wamediaxtest.PhoneRequest) {
				announce(t, companion, own, again(func(notif *waE2E.HistorySyncNotification) { notif.DirectPath = nil }))
			},
			err: ErrInvalidAnswer,
		},
		"a stranger's notification does not count": {
			phone: func(req *wamediaxtest.PhoneRequest) {
				announce(t, stranger, own, again(elsewhere))
				always(t, here)(req)
			},
			status: Success, want: again(nothing),
		},
		"a notification about another message does not count": {
			phone: func(req *wamediaxtest.PhoneRequest) {
				announce(t, companion, own, again(func(notif *waE2E.HistorySyncNotification) {
					elsewhere(notif)
					notif.OriginalMessageID = proto.String("ELSE")
				}))
				always(t, here)(req)
			},
			status: Success, want: again(nothing),
		},
		"a notification of other history does not count": {
			phone: func(req *wamediaxtest.PhoneRequest) {
				announce(t, companion, own, again(func(notif *waE2E.HistorySyncNotification) {
					elsewhere(notif)
					notif.MediaKey, notif.FileSHA256 = otherKey, []byte("other content")
				}))
				always(t, here)(req)
			},
			status: Success, want: again(nothing),
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv.SetPhone(row.phone)
			got, err := r.RequestHistory(patience(t), messageID, history())
			require.ErrorIs(t, err, row.err)
			require.Equal(t, row.status, got.Status)
			require.True(t, proto.Equal(row.want, got.Notification), "%v", got.Notification)
		})
	}
}

func TestInvalidHistoryRequestsAreErrors(t *testing.T) {
	srv, cli := connect(t)
	r := newRequester(t, cli)
	_, err := r.RequestHistory(patience(t), messageID, nil)
	require.ErrorIs(t, err, ErrKeySize)
	_, err = r.RequestHistory(patience(t), "", history())
	require.ErrorContains(t, err, "no message id")
	require.Empty(t, receipts(srv))
}
