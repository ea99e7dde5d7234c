package wamediaxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// newNewsletter opens a newsletter of the first client's account, which the others follow.
func newNewsletter(t testing.TB, srv *wamediaxtest.Server, owner *whatsmeow.Client, followers ...*whatsmeow.Client) types.JID {
	var jids []types.JID
	for _, cli := range followers {
		jids = append(jids, lidOf(cli))
	}
	newsletter, err := srv.NewNewsletter(phoneOf(owner), jids...)
	require.NoError(t, err)
	return newsletter
}

func TestNewsletterMessageArrivesAtFollowers(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	owner, follower, stranger := newClient(t, srv), newClient(t, srv), newClient(t, srv)
	second := deviceOf(t, srv, owner, 2)
	hears := make(map[*whatsmeow.Client]<-chan *events.Message)
	for _, cli := range []*whatsmeow.Client{owner, second, follower, stranger} {
		hears[cli] = eventsOf[*events.Message](t, cli)
	}
	newsletter := newNewsletter(t, srv, owner, follower)
	var last types.MessageServerID
	for _, text := range []string{"first", "second"} {
		resp := sendText(t, owner, newsletter, text)
		require.Greater(t, resp.ServerID, last)
		last = resp.ServerID
		for _, cli := range []*whatsmeow.Client{second, follower} {
			evt := nextText(t, hears[cli], text)
			require.Equal(t, resp.ID, evt.Info.ID)
			require.Equal(t, resp.ServerID, evt.Info.ServerID)
			require.Equal(t, resp.Timestamp, evt.Info.Timestamp)
			require.Equal(t, newsletter, evt.Info.Chat)
			require.Equal(t, newsletter, evt.Info.Sender)
			require.Nil(t, evt.NewsletterMeta)
		}
	}
	require.Empty(t, hears[owner])
	require.Empty(t, hears[stranger])
	_, err := follower.SendMessage(patience(t), newsletter, textMessage("me too"))
	require.ErrorIs(t, err, whatsmeow.ErrServerReturnedError)
	require.ErrorContains(t, err, "403")
}

func TestNewsletterMediaIsWhatTheHandleSays(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	owner, follower := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, follower)
	newsletter := newNewsletter(t, srv, owner, follower)
	picture := []byte("a picture")
	up, err := owner.UploadNewsletter(patience(t), picture, whatsmeow.MediaImage)
	require.NoError(t, err)
	message := &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		URL: proto.String(up.URL), DirectPath: proto.String(up.DirectPath), FileSHA256: up.FileSHA256,
		FileLength: proto.Uint64(up.FileLength), Mimetype: proto.String("image/png"),
	}}
	obj, ok := srv.NewsletterObject(up.Handle)
	require.True(t, ok)
	require.Equal(t, up.DirectPath, obj.DirectPath)
	require.Equal(t, "/newsletter/newsletter-image", obj.UploadPath)
	encrypted, err := owner.Upload(patience(t), picture, whatsmeow.MediaImage)
	require.NoError(t, err)
	_, ok = srv.NewsletterObject(encrypted.Handle)
	require.False(t, ok)

	for name, handle := range map[string]string{
		"no handle":                      "",
		"a handle that was not issued":   "bm90IGlzc3VlZA==",
		"a handle of an encrypted image": encrypted.Handle,
	} {
		_, err = owner.SendMessage(patience(t), newsletter, message, whatsmeow.SendRequestExtra{MediaHandle: handle})
		require.ErrorIs(t, err, whatsmeow.ErrServerReturnedError, name)
		require.ErrorContains(t, err, "479", name)
	}
	resp, err := owner.SendMessage(patience(t), newsletter, message, whatsmeow.SendRequestExtra{MediaHandle: up.Handle})
	require.NoError(t, err)
	evt := next(t, messages)
	require.Equal(t, resp.ID, evt.Info.ID)
	require.Equal(t, "media", evt.Info.Type)
	require.Equal(t, "image", evt.Info.MediaType)
	got, err := follower.Download(patience(t), evt.Message.GetImageMessage())
	require.NoError(t, err)
	require.Equal(t, picture, got)
}

func TestNewsletterMessageIsEditedAndRevoked(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	owner, follower := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, follower)
	newsletter := newNewsletter(t, srv, owner, follower)
	sent := sendText(t, owner, newsletter, "helo")
	nextText(t, messages, "helo")

	edited, err := owner.SendMessage(patience(t), newsletter, owner.BuildEdit(newsletter, sent.ID, textMessage("hello")))
	require.NoError(t, err)
	require.Equal(t, sent.ServerID, edited.ServerID)
	evt := nextText(t, messages, "hello")
	require.Equal(t, sent.ID, evt.Info.ID)
	require.Equal(t, types.EditAttributeAdminEdit, evt.Info.Edit)
	require.Equal(t, sent.Timestamp, evt.NewsletterMeta.OriginalTS)
	posts, err := follower.GetNewsletterMessages(patience(t), newsletter, nil)
	require.NoError(t, err)
	require.Len(t, posts, 1)
	require.Equal(t, "hello", posts[0].Message.GetConversation())

	_, err = owner.SendMessage(patience(t), newsletter, owner.BuildRevoke(newsletter, types.EmptyJID, sent.ID))
	require.NoError(t, err)
	require.Equal(t, types.EditAttributeAdminRevoke, next(t, messages).Info.Edit)
	_, err = owner.SendMessage(patience(t), newsletter, owner.BuildRevoke(newsletter, types.EmptyJID, "NEVER-SENT"))
	require.ErrorContains(t, err, "404")
}

func TestNewsletterListsWhatWasPublished(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	owner, follower := newClient(t, srv), newClient(t, srv)
	newsletter := newNewsletter(t, srv, owner)
	sent := make(map[types.MessageServerID]string)
	var last types.MessageServerID
	for _, text := range []string{"first", "second", "third"} {
		last = sendText(t, owner, newsletter, text).ServerID
		sent[last] = text
	}
	for name, test := range map[string]struct {
		params whatsmeow.GetNewsletterMessagesParams
		want   []string
	}{
		"all":                {whatsmeow.GetNewsletterMessagesParams{}, []string{"third", "second", "first"}},
		"the newest":         {whatsmeow.GetNewsletterMessagesParams{Count: 2}, []string{"third", "second"}},
		"before the newest":  {whatsmeow.GetNewsletterMessagesParams{Before: last}, []string{"second", "first"}},
		"one before another": {whatsmeow.GetNewsletterMessagesParams{Before: last, Count: 1}, []string{"second"}},
	} {
		t.Run(name, func(t *testing.T) {
			posts, err := follower.GetNewsletterMessages(patience(t), newsletter, &test.params)
			require.NoError(t, err)
			var texts []string
			for _, post := range posts {
				texts = append(texts, post.Message.GetConversation())
				require.Equal(t, sent[post.MessageServerID], post.Message.GetConversation())
			}
			require.Equal(t, test.want, texts)
		})
	}
	_, err := follower.GetNewsletterMessages(patience(t), types.NewJID("1", types.NewsletterServer), nil)
	require.ErrorIs(t, err, whatsmeow.ErrIQNotFound)
}

func TestNewsletterNeedsAccountsOfThisServer(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	owner := newClient(t, srv)
	nobody := types.NewJID("15550000000", types.DefaultUserServer)
	_, err := srv.NewNewsletter(nobody)
	require.ErrorContains(t, err, "not an account")
	_, err = srv.NewNewsletter(phoneOf(owner), nobody)
	require.ErrorContains(t, err, "not an account")
}
