package command

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFolderIsSentAsAnAlbum(t *testing.T) {
	s := newStage(t)
	s.start()
	for i := range 3 {
		s.write(fmt.Sprintf("trip/%d.png", i), pictureOf(t, uint8(i)))
	}
	s.write("trip/notes.txt", []byte("no picture"))
	s.ann.say("!album trip")
	announcement := s.ann.hears().Message.GetAlbumMessage()
	require.EqualValues(t, 3, announcement.GetExpectedImageCount())
	require.NotEmpty(t, announcement.GetContextInfo().GetStanzaID(), "it is a reply")
	for i := range 3 {
		picture := s.ann.hears().Message.GetImageMessage()
		require.NotNil(t, picture)
		require.NotEmpty(t, picture.GetJPEGThumbnail())
		data, err := s.ann.Download(t.Context(), picture)
		require.NoError(t, err)
		require.Equal(t, pictureOf(t, uint8(i)), data, "in the order of the names")
	}

	s.write("trip/1.png", []byte("no picture"))
	s.ann.say("!album trip")
	require.EqualValues(t, 2, s.ann.hears().Message.GetAlbumMessage().GetExpectedImageCount())
	require.NotNil(t, s.ann.hears().Message.GetImageMessage())
	require.NotNil(t, s.ann.hears().Message.GetImageMessage())
	require.Contains(t, s.ann.hears().Message.GetExtendedTextMessage().GetText(), "Not everything was sent.\n1.png: ")

	s.write("one/1.png", pictureOf(t, 1))
	for command, want := range map[string]string{
		"!album":     "Which folder? Send !album FOLDER.",
		"!album one": "An album has 2 to 30 pictures (JPEG, PNG) and videos (MP4, 3GP); that folder has 1.",
		"!album ..":  "Only files in the bot's media folder can be used.",
	} {
		require.Equal(t, want, s.ann.asks(command), command)
	}
}
