package retry

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Each row describes an answer. If it changes nothing, the phone's next answer settles the request.
func TestAnswers(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	r := newRequester(t, cli)
	asked := 0
	success := Result{Status: Success, DirectPath: "/v/new"}
	type answer = wamediaxtest.PhoneAnswer
	encrypted := func(result waMmsRetry.MediaRetryNotification_ResultType) answer {
		return answer{MediaKey: mediaKey, Result: result, DirectPath: "/not/looked/at"}
	}
	truncate := func(data []byte) []byte { return data[:len(data)-1] }
	groupOf := func(participant types.JID) Request {
		req := inGroup()
		req.Participant = participant
		return req
	}
	under := func(chat types.JID) Request {
		req := inDirectChat()
		req.Chat = chat
		return req
	}
	own := func(chat types.JID) Request {
		return Request{MessageID: messageID, Chat: chat, FromMe: true, MediaKey: mediaKey}
	}
	for name, row := range map[string]struct {
		req     Request // the zero value: inDirectChat
		answers []answer
		want    Result
		err     error
		says    string
	}{
		"success gives the path":                           {answers: []answer{here}, want: success},
		"not found is a result":                            {answers: []answer{encrypted(2)}, want: Result{Status: NotFound}},
		"a decryption error is a result":                   {answers: []answer{encrypted(3)}, want: Result{Status: DecryptionError}},
		"a general error is a result":                      {answers: []answer{encrypted(0)}, want: Result{Status: GeneralError}},
		"an unknown result is a general error":             {answers: []answer{encrypted(9)}, want: Result{Status: GeneralError}},
		"code 2 is not found":                              {answers: []answer{gone}, want: Result{Status: NotFound}},
		"code 3 is a decryption error":                     {answers: []answer{{Error: 3}}, want: Result{Status: DecryptionError}},
		"code 400 is a general error":                      {answers: []answer{{Error: 400}}, want: Result{Status: GeneralError}},
		"code 1 is a success without a path, an error":     {answers: []answer{{Error: 1}}, err: ErrInvalidAnswer, says: "path"},
		"the first answer counts, the second one does not": {answers: []answer{here, gone}, want: success},

		"success without a path is an error": {
			answers: []answer{with(here, func(a *answer) { a.DirectPath = "" })}, err: ErrInvalidAnswer, says: "path",
		},
		"success with an invalid path is an error": {
			answers: []answer{with(here, func(a *answer) { a.DirectPath = "@evil.test/x" })}, err: ErrInvalidAnswer, says: "path",
		},
		"a foreign stanza id inside is an error": {
			answers: []answer{with(here, func(a *answer) { a.StanzaID = "ELSE" })}, err: ErrInvalidAnswer, says: "another message",
		},
		"an invalid payload is an error": {
			answers: []answer{with(here, func(a *answer) { a.Payload = truncate })}, err: ErrInvalidAnswer, says: "unmarshal",
		},
		"a damaged encrypted part is an error": {
			answers: []answer{with(here, func(a *answer) {
				a.Encrypted = func(c, iv []byte) ([]byte, []byte) { return truncate(c), iv }
			})},
			err: ErrInvalidAnswer, says: "decrypt",
		},
		"an empty encrypted part is an error": {
			answers: []answer{with(here, func(a *answer) {
				a.Encrypted = func(_, iv []byte) ([]byte, []byte) { return []byte{}, iv }
			})},
			err: ErrInvalidAnswer, says: "decrypt",
		},
		"an initialization vector of the wrong size is an error, not a panic": {
			answers: []answer{with(here, func(a *answer) {
				a.Encrypted = func(c, iv []byte) ([]byte, []byte) { return c, truncate(iv) }
			})},
			err: ErrInvalidAnswer, says: "decrypt",
		},
		"an answer under another key is an error": {
			answers: []answer{with(here, func(a *answer) { a.MediaKey = otherKey })}, err: ErrInvalidAnswer, says: "decrypt",
		},

		"an error for another chat with the same message id changes nothing": {
			answers: []answer{{Error: 2, Chat: bob}, here}, want: success,
		},
		"an answer under another key for another chat changes nothing": {
			answers: []answer{with(here, func(a *answer) { a.MediaKey, a.Chat = otherKey, bob }), here}, want: success,
		},
		"a damaged answer for another chat changes nothing": {
			answers: []answer{with(here, func(a *answer) {
				a.Chat = bob
				a.Encrypted = func(c, iv []byte) ([]byte, []byte) { return truncate(c), nil }
			}), here},
			want: success,
		},
		"an error for another message changes nothing": {
			answers: []answer{{Error: 2, MessageID: "ELSE"}, here}, want: success,
		},
		"an answer for another message changes nothing": {
			answers: []answer{with(here, func(a *answer) { a.MessageID, a.DirectPath = "ELSE", "/v/else" }), here}, want: success,
		},
		"an error for another sender in the group changes nothing": {
			req: inGroup(), answers: []answer{{Error: 2, Participant: bob}, here}, want: success,
		},
		"an answer that decrypts counts, whatever chat it names": {
			answers: []answer{with(here, func(a *answer) { a.Chat = bob })}, want: success,
		},
		"an answer that decrypts counts, whatever sender it names": {
			req: inGroup(), answers: []answer{with(here, func(a *answer) { a.Participant = bob })}, want: success,
		},
		"an answer that decrypts counts, whoever sent it": {
			answers: []answer{with(here, func(a *answer) { a.From = bob })}, want: success,
		},

		"an error under the LID of a phone number's chat is the request's": {
			answers: []answer{{Error: 2, Chat: aliceLID}}, want: Result{Status: NotFound},
		},
		"an error under the phone number of a LID's chat is the request's": {
			req: under(aliceLID), answers: []answer{{Error: 2, Chat: alice}}, want: Result{Status: NotFound},
		},
		"an error under the sender's LID is the request's": {
			req: inGroup(), answers: []answer{{Error: 2, Participant: aliceLID}}, want: Result{Status: NotFound},
		},
		"an error under the sender's phone number is the request's": {
			req: groupOf(aliceLID), answers: []answer{{Error: 2, Participant: alice}}, want: Result{Status: NotFound},
		},
		"an error without the sender is the request's": {
			req: inGroup(), answers: []answer{{Error: 2, NoParticipant: true}}, want: Result{Status: NotFound},
		},
		"an error that names the sender's device is the request's": {
			req:     inGroup(),
			answers: []answer{{Error: 2, Participant: types.JID{User: alice.User, Device: 3, Server: alice.Server}}},
			want:    Result{Status: NotFound},
		},
		"a hosted account is the same person": {
			answers: []answer{{Error: 2, Chat: types.NewJID(alice.User, types.HostedServer)}}, want: Result{Status: NotFound},
		},
		"an own message in a group needs no participant": {req: own(group), answers: []answer{gone}, want: Result{Status: NotFound}},
		"an own status is answered":                      {req: own(types.StatusBroadcastJID), answers: []answer{here}, want: success},
		"an own message in a chat is answered":           {req: own(bob), answers: []answer{gone}, want: Result{Status: NotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			if row.req.MessageID == "" {
				row.req = inDirectChat()
			}
			row.req.MessageID += name // late answers must not match the next row
			srv.SetPhone(always(t, row.answers...))
			result, err := r.Request(patience(t), row.req)
			require.ErrorIs(t, err, row.err)
			require.Equal(t, row.want, result)
			if row.err != nil {
				require.ErrorContains(t, err, row.says)
				require.ErrorContains(t, err, messageID)
			}
			asked++
			require.Len(t, receipts(srv), asked)
		})
	}
}

// The own account has two names as well.
func TestOwnMessageUnderOwnLID(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(always(t, wamediaxtest.PhoneAnswer{Error: 2, Participant: cli.Store.GetLID()}))
	req := inGroup()
	req.FromMe, req.Participant = true, cli.Store.GetJID()
	result, err := newRequester(t, cli).Request(patience(t), req)
	require.NoError(t, err)
	require.Equal(t, NotFound, result.Status)
}

// A LID that becomes known during the request counts as well.
func TestNameLearnedMeanwhile(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	bobLID := types.NewJID("91000000009002", types.HiddenUserServer)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		if err := cli.Store.LIDs.PutLIDMapping(context.Background(), bobLID, bob); err != nil {
			t.Error(err)
		}
		always(t, wamediaxtest.PhoneAnswer{Error: 2, Chat: bob})(req)
	})
	req := inDirectChat()
	req.Chat = bobLID
	result, err := newRequester(t, cli).Request(patience(t), req)
	require.NoError(t, err)
	require.Equal(t, NotFound, result.Status)
}

func TestSilentPhone(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(silence)
	result, err := newRequester(t, cli, WithTimeout(20*time.Millisecond), WithReminder(false)).Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, ErrTimeout)
	require.ErrorContains(t, err, "20ms")
	require.Zero(t, result)
}

func TestSecondReceiptHalfWay(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(inTurn(silence, always(t, here)))
	result, err := newRequester(t, cli, WithTimeout(4*time.Second)).Request(patience(t), inDirectChat())
	require.NoError(t, err)
	require.Equal(t, Success, result.Status)
	require.Len(t, receipts(srv), 2)
}

// An answer after the timeout changes nothing, and does not affect the next request.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	tooLate := make(chan struct{})
	srv.SetPhone(inTurn(func(req *wamediaxtest.PhoneRequest) {
		<-tooLate
		always(t, gone)(req)
	}, always(t, here)))
	impatient := newRequester(t, cli, WithTimeout(20*time.Millisecond), WithReminder(false))
	_, err := impatient.Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, ErrTimeout)
	require.Zero(t, pendingQuestions(impatient))

	r := newRequester(t, cli)
	answers := seen[*events.MediaRetry](t, cli)
	close(tooLate)
	<-answers
	result, err := r.Request(patience(t), inDirectChat())
	require.NoError(t, err)
	require.Equal(t, Success, result.Status)
}
