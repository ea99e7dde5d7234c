package wamediax_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// postedHistory puts a blob of history with a push name onto the CDN, as a phone does, under a key
// of its own.
func (s *service) postedHistory(t *testing.T, name string) *waE2E.HistorySyncNotification {
	t.Helper()
	history, err := proto.Marshal(&waHistorySync.HistorySync{
		SyncType:  waHistorySync.HistorySync_PUSH_NAME.Enum(),
		Pushnames: []*waHistorySync.Pushname{{ID: proto.String("15550007777@s.whatsapp.net"), Pushname: &name}},
	})
	require.NoError(t, err)
	var blob bytes.Buffer
	compressed := zlib.NewWriter(&blob)
	_, err = compressed.Write(history)
	require.NoError(t, err)
	require.NoError(t, compressed.Close())
	object, info, err := streamenc.EncryptBytes(blob.Bytes(), whatsmeow.MediaHistory)
	require.NoError(t, err)
	return &waE2E.HistorySyncNotification{
		DirectPath: new(s.Put("md-msg-hist", object)), MediaKey: info.MediaKey, FileSHA256: info.FileSHA256,
		FileEncSHA256: info.FileEncSHA256, FileLength: new(uint64(blob.Len())),
	}
}

// requireHistory checks that history came, and that whatsmeow stored what is in it.
func (s *service) requireHistory(t *testing.T, history *waHistorySync.HistorySync, name string) {
	t.Helper()
	require.Len(t, history.GetPushnames(), 1)
	require.Equal(t, name, history.GetPushnames()[0].GetPushname())
	contact, err := s.client.Store.Contacts.GetContact(t.Context(), types.NewJID("15550007777", types.DefaultUserServer))
	require.NoError(t, err)
	require.Equal(t, name, contact.PushName)
}

func TestHistoryIsDownloadedAndStored(t *testing.T) {
	s := newService(t)
	notif := s.postedHistory(t, "Ada")
	s.inject("", downloads, 1, wamediaxtest.Status(503)) // which whatsmeow's own does not survive
	got, err := s.client.DownloadHistorySync(t.Context(), notif, true)
	require.NoError(t, err)
	s.requireHistory(t, got, "Ada")
	require.Nil(t, notif.InitialHistBootstrapInlinePayload, "the caller's notification is as it was")
}

func TestExpiredHistoryComesBackFromThePhone(t *testing.T) {
	const id = "3EB0HISTORY"
	info := &types.MessageInfo{ID: id}
	for name, answer := range map[string]func(t *testing.T, s *service, notif *waE2E.HistorySyncNotification) wamediaxtest.Phone{
		"under a new path": func(t *testing.T, s *service, notif *waE2E.HistorySyncNotification) wamediaxtest.Phone {
			object, ok := s.Object(notif.GetDirectPath())
			require.True(t, ok)
			return func(req *wamediaxtest.PhoneRequest) {
				media := wamediaxtest.PhoneMedia{MediaKey: notif.MediaKey, DirectPath: s.Put("md-msg-hist", object.Data)}
				wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{id: media})(req)
			}
		},
		"as another blob under another key": func(t *testing.T, s *service, notif *waE2E.HistorySyncNotification) wamediaxtest.Phone {
			own := s.client.Store.GetJID()
			own.Device++
			companion, err := s.NewClient(t.Context(), wamediaxtest.WithJID(own)) // its messages come as the phone's do
			require.NoError(t, err)
			next := s.postedHistory(t, "Ada")
			next.OriginalMessageID = proto.String(id)
			var announcing sync.WaitGroup
			t.Cleanup(announcing.Wait) // for its ack, which can come after the blob
			return func(req *wamediaxtest.PhoneRequest) {
				announcing.Add(1)
				defer announcing.Done()
				_, err := companion.SendMessage(context.WithoutCancel(req.Context()), own.ToNonAD(), &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
					Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(), HistorySyncNotification: next,
				}})
				if err != nil {
					t.Error(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.client.ManualHistorySyncDownload = true
			notif := s.postedHistory(t, "Ada")
			s.SetPhone(answer(t, s, notif))
			s.Forget(notif.GetDirectPath(), 410)

			_, err := s.client.DownloadHistorySync(t.Context(), notif, true)
			require.ErrorIs(t, err, fetch.ErrExpired, "nobody was asked")
			got, err := s.client.DownloadHistorySync(t.Context(), notif, true, wamediax.WithReupload(info))
			require.NoError(t, err)
			s.requireHistory(t, got, "Ada")
		})
	}
}

func TestHistoryThatIsGoneEverywhereIsAnError(t *testing.T) {
	s := newService(t)
	notif := s.postedHistory(t, "Ada")
	s.Forget(notif.GetDirectPath(), 404)
	s.SetPhone(wamediaxtest.PhoneWith(nil))
	_, err := s.client.DownloadHistorySync(t.Context(), notif, true, wamediax.WithReupload(&types.MessageInfo{ID: "A"}))
	require.ErrorIs(t, err, wamediax.ErrGone)
	require.ErrorIs(t, err, fetch.ErrExpired)
	require.ErrorIs(t, err, whatsmeow.ErrMediaDownloadFailedWith404)

	_, err = s.client.DownloadHistorySync(t.Context(), nil, true)
	require.ErrorContains(t, err, "notification is nil")
	_, err = new(wamediax.Client).DownloadHistorySync(t.Context(), notif, true)
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
	inline := &waE2E.HistorySyncNotification{InitialHistBootstrapInlinePayload: []byte("no zlib")}
	_, err = s.client.DownloadHistorySync(t.Context(), inline, true)
	require.ErrorContains(t, err, "decompress")
}
