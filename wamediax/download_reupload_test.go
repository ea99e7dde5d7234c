package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// phoneHas has the phone put the object back onto the CDN when it is asked for the message.
func (s *service) phoneHas(t testing.TB, data []byte, id types.MessageID, msg *waE2E.VideoMessage) {
	s.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		path := s.reposted(t, data, msg)
		wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{id: {MediaKey: msg.MediaKey, DirectPath: path}})(req)
	})
}

func TestExpiredMediaComesBackFromThePhone(t *testing.T) {
	for _, status := range []int{403, 404, 410} {
		s := newService(t)
		data := content(mebi)
		msg := s.posted(t, data)
		s.Forget(msg.GetDirectPath(), status)
		s.phoneHas(t, data, "3EB0AA", msg)

		path := t.TempDir() + "/file"
		got, err := s.client.DownloadFile(t.Context(), path, msg, wamediax.WithReupload(info("3EB0AA")))
		require.NoError(t, err)
		requireFile(t, path, data)
		require.True(t, got.Reuploaded)
		require.NotEqual(t, msg.GetDirectPath(), got.DirectPath)

		s.SetPhone(nil)
		msg.DirectPath = &got.DirectPath // as the caller stores it
		again, _, err := s.client.DownloadBytes(t.Context(), msg)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, again))
	}
}

func TestMediaWhoseURLHasLongExpiredIsAskedForFirst(t *testing.T) {
	const longAgo = 25 * time.Hour
	notFound := func(req *wamediaxtest.PhoneRequest) { _ = req.Answer(wamediaxtest.PhoneAnswer{Error: 2}) }
	for name, row := range map[string]struct {
		ago      time.Duration
		onPhone  bool
		onHosts  bool // under the expired path
		requests int
		asked    int // the phone
		is       error
	}{
		"the phone has it": {ago: longAgo, onPhone: true, requests: 1, asked: 1},
		"the phone has it not, but the clock was wrong": {ago: longAgo, onHosts: true, requests: 1, asked: 1},
		"nobody has it": {ago: longAgo, requests: 4, asked: 1, is: wamediax.ErrGone},
		"it expired so lately that a clock may be wrong by that": {ago: time.Hour, onHosts: true, requests: 1},
		"it expired lately, and the hosts agree":                 {ago: time.Hour, onPhone: true, requests: 2, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			data := content(mebi)
			msg := s.posted(t, data)
			if !row.onHosts {
				s.Forget(msg.GetDirectPath(), 403)
			}
			msg.DirectPath = new(expiring(msg.GetDirectPath(), row.ago))
			var asked atomic.Int32
			s.SetPhone(func(req *wamediaxtest.PhoneRequest) {
				asked.Add(1)
				if !row.onPhone {
					notFound(req)
					return
				}
				path := s.reposted(t, data, msg)
				wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{"3EB0AA": {MediaKey: msg.MediaKey, DirectPath: path}})(req)
			})
			got, downloaded, err := s.client.DownloadBytes(t.Context(), msg, wamediax.WithReupload(info("3EB0AA")))
			require.Len(t, s.downloads(), row.requests)
			require.EqualValues(t, row.asked, asked.Load())
			require.Equal(t, 1, s.MediaConnQueries(), "no token is replaced")
			if row.is != nil {
				var expired *fetch.ExpiredError
				require.ErrorAs(t, err, &expired)
				require.True(t, expired.Asked)
				require.Equal(t, 403, expired.StatusCode)
				require.ErrorIs(t, err, row.is)
				return
			}
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
			require.Equal(t, row.onPhone, downloaded.Reuploaded)
		})
	}
}

func TestOpenMediaAsksForMediaWhoseURLHasLongExpired(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	msg := s.posted(t, data)
	s.Forget(msg.GetDirectPath(), 403)
	s.phoneHas(t, data, "3EB0AA", msg)
	msg.DirectPath = new(expiring(msg.GetDirectPath(), 48*time.Hour))
	media, err := s.client.OpenMedia(t.Context(), msg, wamediax.WithReupload(info("3EB0AA")))
	require.NoError(t, err)
	defer media.Close()
	got, err := io.ReadAll(media)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	for _, request := range s.downloads() {
		require.NotContains(t, msg.GetDirectPath(), request.Path)
	}
}

func TestMediaThatExpiresOnTheWayGoesOnUnderTheNewPath(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		data := content(2 * mebi)
		msg := s.posted(t, data)
		s.inject("", downloads, 1, wamediaxtest.HangUp(mebi))
		s.inject("", downloads, 1, wamediaxtest.Status(404))
		s.phoneHas(t, data, "3EB0AA", msg)
		var dst bytes.Buffer
		got, err := s.client.DownloadTo(t.Context(), &dst, msg, wamediax.WithReupload(info("3EB0AA")))
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, dst.Bytes()))
		require.True(t, got.Reuploaded)
		require.Equal(t, streamenc.EncryptedSize(2*mebi), got.BytesReceived, "what was had is not fetched again")
	})
}

func TestWhatThePhoneSaysOfExpiredMedia(t *testing.T) {
	answer := func(answer wamediaxtest.PhoneAnswer) wamediaxtest.Phone {
		return func(req *wamediaxtest.PhoneRequest) { _ = req.Answer(answer) }
	}
	for name, row := range map[string]struct {
		phone    wamediaxtest.Phone
		is, not  []error
		answer   retry.Status
		requests int // for media: each host is asked before the error
	}{
		"it does not answer": {
			is: []error{wamediax.ErrPhoneSilent, retry.ErrTimeout}, not: []error{wamediax.ErrGone}, requests: 4,
		},
		"it does not have it either, and neither do the other hosts": {
			phone: answer(wamediaxtest.PhoneAnswer{Error: 2}),
			is:    []error{wamediax.ErrGone}, not: []error{wamediax.ErrPhoneSilent}, answer: retry.NotFound, requests: 4,
		},
		"it cannot read the request": {
			phone: answer(wamediaxtest.PhoneAnswer{Error: 3}),
			not:   []error{wamediax.ErrPhoneSilent, wamediax.ErrGone}, answer: retry.DecryptionError, requests: 4,
		},
		"it does not want to": {
			phone: answer(wamediaxtest.PhoneAnswer{Error: 4}),
			not:   []error{wamediax.ErrPhoneSilent, wamediax.ErrGone}, answer: retry.GeneralError, requests: 4,
		},
		"it names a path where nothing is": {
			phone: answer(wamediaxtest.PhoneAnswer{MediaKey: key32, Result: waMmsRetry.MediaRetryNotification_SUCCESS, DirectPath: "/v/nothing"}),
			not:   []error{wamediax.ErrPhoneSilent, wamediax.ErrGone}, requests: 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patience := 20 * time.Second
			if row.phone == nil {
				patience = 200 * time.Millisecond
			}
			s := newService(t, phoneTimeout(patience))
			object, sealed, err := streamenc.EncryptBytes(content(1000), whatsmeow.MediaVideo, streamenc.WithKey(key32))
			require.NoError(t, err)
			msg := &waE2E.VideoMessage{DirectPath: new(s.Put("video", object)), MediaKey: key32, FileSHA256: sealed.FileSHA256, FileEncSHA256: sealed.FileEncSHA256}
			s.Forget(msg.GetDirectPath(), 410)
			s.SetPhone(row.phone)
			dir := t.TempDir()
			_, err = s.client.DownloadFile(t.Context(), dir+"/file", msg, wamediax.WithReupload(info("3EB0AA")))
			var expired *fetch.ExpiredError
			require.ErrorAs(t, err, &expired)
			require.True(t, expired.Asked)
			var phone *wamediax.PhoneError
			if errors.As(err, &phone) {
				require.Equal(t, row.answer, phone.Status)
			} else {
				require.Zero(t, row.answer)
			}
			for _, is := range append(row.is, fetch.ErrExpired) {
				require.ErrorIs(t, err, is)
			}
			for _, not := range append(row.not, cdn.ErrUnreachable) {
				require.NotErrorIs(t, err, not)
			}
			require.Len(t, s.downloads(), row.requests)
			requireEmpty(t, dir)
			s.requireNoKeys(t, err, msg)
		})
	}
}

func TestNotFoundOnThePhoneIsNotTheEndIfAnotherHostHasIt(t *testing.T) {
	s := newService(t)
	data := content(1000)
	msg := s.posted(t, data)
	s.inject(hostA, downloads, -1, wamediaxtest.Status(404))
	s.SetPhone(func(req *wamediaxtest.PhoneRequest) { _ = req.Answer(wamediaxtest.PhoneAnswer{Error: 2}) })
	var dst bytes.Buffer
	got, err := s.client.DownloadTo(t.Context(), &dst, msg, wamediax.WithReupload(info("3EB0AA")))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, dst.Bytes()))
	require.False(t, got.Reuploaded)
	require.Equal(t, msg.GetDirectPath(), got.DirectPath)
}

func TestOtherBytesUnderTheNewPathAreNotTaken(t *testing.T) {
	s := newService(t)
	data, other := content(mebi), content(mebi)
	other[mebi-1]++
	msg := s.posted(t, data)
	s.Forget(msg.GetDirectPath(), 404)
	s.phoneHas(t, other, "3EB0AA", msg)
	dir := t.TempDir()
	_, err := s.client.DownloadFile(t.Context(), dir+"/file", msg, wamediax.WithReupload(info("3EB0AA")))
	require.ErrorIs(t, err, streamenc.ErrHashMismatch)
	requireEmpty(t, dir)
}

func TestMediaWithoutKeyCannotBeAskedFor(t *testing.T) {
	s := newService(t)
	msg := s.postedPlain(t, content(1000))
	s.Forget(msg.GetDirectPath(), 404)
	of := info("3EB0AA")
	_, _, err := s.client.DownloadBytes(t.Context(), msg, wamediax.WithReupload(of))
	require.ErrorIs(t, err, fetch.ErrExpired)
	require.ErrorIs(t, err, retry.ErrKeySize)
	of.Chat = types.NewJID("120363000000000000", types.NewsletterServer)
	_, _, err = s.client.DownloadBytes(t.Context(), msg, wamediax.WithReupload(of))
	require.ErrorIs(t, err, retry.ErrNewsletter)
}

func TestDownloadEndsWhileThePhoneIsAsked(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	s.Forget(msg.GetDirectPath(), 404)
	ctx, cancel := context.WithCancelCause(t.Context())
	s.SetPhone(func(*wamediaxtest.PhoneRequest) { cancel(errDisk) })
	_, _, err := s.client.DownloadBytes(ctx, msg, wamediax.WithReupload(info("3EB0AA")))
	require.ErrorIs(t, err, errDisk)
	require.NotErrorIs(t, err, fetch.ErrExpired)
}

func TestDownloadEndsWhileThePhoneIsAskedFirst(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	msg.DirectPath = new(expiring(msg.GetDirectPath(), 48*time.Hour))
	ctx, cancel := context.WithCancelCause(t.Context())
	s.SetPhone(func(*wamediaxtest.PhoneRequest) { cancel(errDisk) })
	_, _, err := s.client.DownloadBytes(ctx, msg, wamediax.WithReupload(info("3EB0AA")))
	require.ErrorIs(t, err, errDisk)
	require.ErrorContains(t, err, "failed to have the media uploaded again")
	require.NotErrorIs(t, err, fetch.ErrExpired)
	require.Empty(t, s.downloads())
}

func TestReuploadIsOneCall(t *testing.T) {
	s := newService(t)
	data := content(1000)
	msg := s.posted(t, data)
	s.phoneHas(t, data, "3EB0AA", msg)
	result, err := s.client.Reupload(t.Context(), retry.RequestFor(info("3EB0AA"), msg.MediaKey))
	require.NoError(t, err)
	require.Equal(t, retry.Success, result.Status)
	require.NotEmpty(t, result.DirectPath)
	var none *wamediax.Client
	_, err = none.Reupload(t.Context(), retry.Request{})
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
}
