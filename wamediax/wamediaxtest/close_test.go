package wamediaxtest

import (
	"bytes"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// blockable is a source whose reads block once it is armed.
type blockable struct {
	io.ReaderAt
	armed   atomic.Bool
	reached chan struct{}
	release <-chan struct{}
}

func (b *blockable) ReadAt(p []byte, at int64) (int, error) {
	if b.armed.Load() {
		close(b.reached)
		<-b.release
	}
	return b.ReaderAt.ReadAt(p, at)
}

func TestCloseNamesWhatItIsWaitingFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// block starts something that ends with release, closes reached when it is under way, and
		// returns its name.
		block func(t *testing.T, srv *Server, cli *whatsmeow.Client, reached chan struct{}, release <-chan struct{}) string
	}{
		"a phone that does not return": {func(t *testing.T, srv *Server, cli *whatsmeow.Client, reached chan struct{}, release <-chan struct{}) string {
			srv.SetPhone(func(*PhoneRequest) {
				close(reached)
				<-release
			})
			require.NoError(t, cli.SendMediaRetryReceipt(t.Context(), &types.MessageInfo{
				ID:            "LOST",
				MessageSource: types.MessageSource{Chat: *cli.Store.ID, Sender: *cli.Store.ID},
			}, bytes.Repeat([]byte{7}, 32)))
			return "the phone of " + cli.Store.ID.String() + ", asked for message LOST"
		}},
		"a download whose source does not answer": {func(t *testing.T, srv *Server, _ *whatsmeow.Client, reached chan struct{}, release <-chan struct{}) string {
			src := &blockable{ReaderAt: bytes.NewReader(make([]byte, 10)), reached: reached, release: release}
			path, err := srv.PutReaderAt("image", src, 10)
			require.NoError(t, err)
			src.armed.Store(true)
			go func() {
				if resp, err := srv.HTTPClient().Get("https://mmg.cdn.test" + path); err == nil {
					_ = resp.Body.Close()
				}
			}()
			withoutQuery, _, _ := strings.Cut(path, "?")
			return "GET https://mmg.cdn.test" + withoutQuery + ", from 127.0.0.1:"
		}},
		"a media_conn answer that is never made": {func(t *testing.T, srv *Server, cli *whatsmeow.Client, reached chan struct{}, release <-chan struct{}) string {
			srv.SetMediaConn(MediaConn{Node: func() waBinary.Node {
				close(reached)
				<-release
				return waBinary.Node{}
			}})
			go func() { _, _ = cli.Upload(t.Context(), []byte("data"), whatsmeow.MediaImage) }()
			return "the websocket of " + cli.Store.ID.String() + ", from 127.0.0.1:"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := NewServer()
			reports := make(chan string, 10)
			srv.report = func(message string) { reports <- message }
			reached, release, closed := make(chan struct{}), make(chan struct{}), make(chan struct{})
			cli, err := srv.NewClient(t.Context())
			require.NoError(t, err)
			want := test.block(t, srv, cli, reached, release)
			<-reached
			go func() {
				defer close(closed)
				srv.Close()
			}()
			select {
			case report := <-reports:
				require.Contains(t, report, want)
				require.NotContains(t, report, "oh=", "the query is left out")
			case <-closed:
				require.Fail(t, "Close has not waited")
			}
			close(release)
			<-closed
			require.Empty(t, reports, "one report is enough")
		})
	}
}

func TestNothingIsNamedAfterClose(t *testing.T) {
	t.Parallel()
	srv := NewServer()
	_, err := srv.NewClient(t.Context())
	require.NoError(t, err)
	resp, err := srv.HTTPClient().Get("https://mmg.cdn.test/x")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	srv.Close()
	srv.report = func(message string) { t.Error(message) }
	srv.reportBlocked()
}
