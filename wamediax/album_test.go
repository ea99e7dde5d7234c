package wamediax_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// albumOf is an album of files of the test data.
func albumOf(t testing.TB, names ...string) (items []wamediax.AlbumItem, data [][]byte) {
	for _, name := range names {
		file, content := testFile(t, name)
		items, data = append(items, wamediax.AlbumItem{Source: file}), append(data, content)
	}
	return items, data
}

func TestAnAlbumIsAnnouncedAndItsItemsArriveInOrder(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	for place, to := range map[string]types.JID{"a person": c.person, "a group": c.group} {
		t.Run(place, func(t *testing.T) {
			items, data := albumOf(t, "exif1.jpg", "movie.mp4", "picture.png", "exif6.jpg")
			items[2].Options = []wamediax.SendOption{wamediax.WithCaption("the third")}
			album, err := c.client.SendAlbum(t.Context(), to, items, wamediax.WithCaption("the first"), wamediax.WithHD(),
				wamediax.WithSendRequest(whatsmeow.SendRequestExtra{ID: types.MessageID("3EB0" + to.User)}),
				wamediax.WithContextInfo(&waE2E.ContextInfo{StanzaID: proto.String("3EB0AA"), Expiration: proto.Uint32(60)}))
			require.NoError(t, err)

			announcement := c.next(t)
			require.EqualValues(t, "3EB0"+to.User, announcement.Info.ID)
			require.EqualValues(t, 3, announcement.Message.GetAlbumMessage().GetExpectedImageCount())
			require.EqualValues(t, 1, announcement.Message.GetAlbumMessage().GetExpectedVideoCount())
			require.Equal(t, "3EB0AA", announcement.Message.GetAlbumMessage().GetContextInfo().GetStanzaID())
			for i := range items {
				got := c.next(t)
				require.Equal(t, album[i].ID, got.Info.ID)
				c.requireOpens(t, got.Message, data[i])
				parent := got.Message.GetMessageContextInfo().GetMessageAssociation()
				require.Equal(t, waE2E.MessageAssociation_MEDIA_ALBUM, parent.GetAssociationType())
				require.Equal(t, announcement.Info.ID, parent.GetParentMessageKey().GetID())
				require.True(t, parent.GetParentMessageKey().GetFromMe())
				media, _ := wamediax.MediaIn(got.Message).(interface {
					GetCaption() string
					GetContextInfo() *waE2E.ContextInfo
				})
				require.Equal(t, []string{"the first", "", "the third", ""}[i], media.GetCaption())
				require.Nil(t, media.GetContextInfo().StanzaID, "the announcement is the answer")
				require.EqualValues(t, 60, media.GetContextInfo().GetExpiration())
				require.Nil(t, album[i].HD)
			}
		})
	}
}

func TestAnItemThatFailsIsReportedAndTheRestIsSent(t *testing.T) {
	c := newCorrespondents(t)
	broken := errors.New("the disk is gone")
	items, data := albumOf(t, "exif1.jpg", "plain.pdf", "picture.png", "exif2.jpg")
	items[2].Source = bytes.NewReader(nil)
	items[2] = wamediax.AlbumItem{Source: &failing{data: data[2], err: broken}}
	album, err := c.client.SendAlbum(t.Context(), c.person, items)
	require.ErrorIs(t, err, broken)
	require.ErrorIs(t, err, wamediax.ErrKind)
	require.ErrorContains(t, err, "item 1: ")
	require.ErrorContains(t, err, "item 2: ")
	require.Nil(t, album[1])
	require.Nil(t, album[2])

	require.EqualValues(t, 2, c.next(t).Message.GetAlbumMessage().GetExpectedImageCount(), "as many as come")
	c.requireOpens(t, c.next(t).Message, data[0])
	c.requireOpens(t, c.next(t).Message, data[3])
}

func TestProgressOfAnAlbumNamesItsItems(t *testing.T) {
	c := newCorrespondents(t)
	items, _ := albumOf(t, "exif1.jpg", "exif2.jpg", "exif3.jpg")
	reported, own := make(map[int]bool), make(map[int]bool)
	items[2].Options = []wamediax.SendOption{wamediax.WithProgress(func(p wamediax.Progress) { own[p.Item] = true })}
	_, err := c.client.SendAlbum(t.Context(), c.person, items,
		wamediax.WithProgress(func(p wamediax.Progress) { reported[p.Item] = true }))
	require.NoError(t, err)
	require.Equal(t, map[int]bool{0: true, 1: true}, reported)
	require.Equal(t, map[int]bool{2: true}, own)
}

func TestWhereOneItemIsLeftItIsSentByItself(t *testing.T) {
	c := newCorrespondents(t)
	items, data := albumOf(t, "exif1.jpg", "plain.pdf")
	album, err := c.client.SendAlbum(t.Context(), c.person, items)
	var failed *wamediax.ItemError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 1, failed.Index)
	require.Nil(t, album[0].Album)
	got := c.next(t)
	require.Nil(t, got.Message.GetMessageContextInfo().GetMessageAssociation())
	c.requireOpens(t, got.Message, data[0])
}

func TestAnAlbumThatCannotBe(t *testing.T) {
	c := newCorrespondents(t)
	items, _ := albumOf(t, "exif1.jpg", "exif2.jpg")
	before := len(c.Requests())
	for name, test := range map[string]struct {
		to    types.JID
		items []wamediax.AlbumItem
		opts  []wamediax.SendOption
		says  string
	}{
		"of one item":       {c.person, items[:1], nil, "2 to 30 items, got 1"},
		"of 31":             {c.person, make([]wamediax.AlbumItem, 31), nil, "2 to 30 items, got 31"},
		"in a channel":      {c.newsletter, items, nil, "one by one"},
		"in the status":     {types.StatusBroadcastJID, items, nil, "one by one"},
		"under one key":     {c.person, items, []wamediax.SendOption{wamediax.WithMediaKey(make([]byte, 32))}, "apply to one item"},
		"under one name":    {c.person, items, []wamediax.SendOption{wamediax.WithResumeID("x")}, "apply to one item"},
		"with one preview":  {c.person, items, []wamediax.SendOption{wamediax.WithPreview(&wamediax.Preview{})}, "apply to one item"},
		"to be viewed once": {c.person, items, []wamediax.SendOption{wamediax.WithViewOnce()}, "an item of an album cannot be view-once"},
		"of nothing":        {c.person, make([]wamediax.AlbumItem, 2), nil, "source is nil"},
	} {
		_, err := c.client.SendAlbum(t.Context(), test.to, test.items, test.opts...)
		require.ErrorContains(t, err, test.says, name)
	}
	require.Len(t, c.Requests(), before)
}
