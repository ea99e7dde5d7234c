package wamediax_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestCoverPhotoIsUploadedSetAndRemoved(t *testing.T) {
	s := newService(t)
	data := content(100_000)
	s.inject("", uploads, 1, wamediaxtest.HangUp(30_000))
	photo, err := s.client.UploadCoverPhoto(t.Context(), bytes.NewReader(data))
	require.NoError(t, err)
	require.EqualValues(t, 30_000+len(data), s.Received(), "WhatsApp Web never asks what a host holds of a cover photo")
	for _, request := range s.Requests() {
		require.Equal(t, uploads, request.Kind)
	}
	_, shown := s.CoverPhoto(s.client.Store.GetJID())
	require.False(t, shown)

	require.NoError(t, s.client.SetCoverPhoto(t.Context(), photo))
	object, shown := s.CoverPhoto(s.client.Store.GetJID())
	require.True(t, shown)
	require.Equal(t, data, object.Data, "it is not to be encrypted")
	require.Equal(t, "/pps/biz-cover-photo", object.UploadPath)

	require.NoError(t, s.client.RemoveCoverPhoto(t.Context(), photo.ID))
	_, shown = s.CoverPhoto(s.client.Store.GetJID())
	require.False(t, shown)

	var changes []string
	for _, node := range s.Nodes() {
		if node.Attrs["xmlns"] == "w:biz" {
			profile := node.GetChildByTag("business_profile")
			require.Equal(t, "3", profile.AttrGetter().String("v"))
			require.Equal(t, "delta", profile.AttrGetter().String("mutation_type"))
			change := profile.GetChildByTag("cover_photo")
			changes = append(changes, change.AttrGetter().String("op"))
		}
	}
	require.Equal(t, []string{"update", "delete"}, changes)
}

func TestCoverPhotoThatWhatsAppDoesNotTakeIsAnError(t *testing.T) {
	s := newService(t)
	photo, err := s.client.UploadCoverPhoto(t.Context(), bytes.NewReader(content(1000)))
	require.NoError(t, err)
	secret := photo.Token
	photo.Token = "another"
	var refused *whatsmeow.IQError
	require.ErrorAs(t, s.client.SetCoverPhoto(t.Context(), photo), &refused)
	require.Equal(t, 400, refused.Code)
	err = s.client.RemoveCoverPhoto(t.Context(), "12")
	require.ErrorAs(t, err, &refused)
	require.NotContains(t, err.Error(), secret)

	require.ErrorContains(t, s.client.SetCoverPhoto(t.Context(), wamediax.CoverPhoto{}), "missing")
	require.ErrorContains(t, s.client.SetCoverPhoto(t.Context(), wamediax.CoverPhoto{ID: "1", Token: "2"}), "missing")
	require.Error(t, s.client.RemoveCoverPhoto(t.Context(), ""))
	_, err = s.client.UploadMedia(t.Context(), bytes.NewReader(nil), "biz-cover-photo")
	require.ErrorIs(t, err, whatsmeow.ErrUnknownMediaType)
}

func TestAnswerWithoutWhatACoverPhotoNeedsIsAnError(t *testing.T) {
	for name, answer := range map[string]string{
		"a path":     `{"url":"https://cdn.test/x","direct_path":"/x"}`,
		"no hmac":    `{"fbid":"12","ts":1700000000}`,
		"no id":      `{"meta_hmac":"m","ts":1700000000}`,
		"an id of 0": `{"fbid":0,"meta_hmac":"m","ts":1700000000}`,
		"no time":    `{"fbid":12,"meta_hmac":"m"}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, shortPauses, fewAttempts)
			s.inject("", uploads|probes, -1, wamediaxtest.Answer(http.StatusOK, answer))
			_, err := s.client.UploadCoverPhoto(t.Context(), bytes.NewReader(content(100)))
			require.ErrorIs(t, err, resume.ErrBadAnswer)
		})
	}
	t.Run("numbers and strings are both taken", func(t *testing.T) {
		s := newService(t, shortPauses, fewAttempts)
		s.inject("", uploads, 1, wamediaxtest.Answer(http.StatusOK, `{"fbid":12345678901234567890,"meta_hmac":"m","ts":"1700000000"}`))
		photo, err := s.client.UploadCoverPhoto(t.Context(), bytes.NewReader(content(100)))
		require.NoError(t, err)
		require.Equal(t, "12345678901234567890", photo.ID)
		require.EqualValues(t, 1700000000, photo.Timestamp.Unix())
	})
}
