package command

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

func TestLinkIsSentWithAPreviewOfThePage(t *testing.T) {
	s := newStage(t)
	s.start()
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<html><head><title>A page</title><meta name="description" content="about chairs"></head></html>`))
	})
	base := newSource(t, mux)
	s.ann.say("!link " + base + "/page")
	msg := s.ann.hears().Message.GetExtendedTextMessage()
	require.Equal(t, base+"/page", msg.GetText())
	require.Equal(t, base+"/page", msg.GetMatchedText())
	require.Equal(t, "A page", msg.GetTitle())
	require.Equal(t, "about chairs", msg.GetDescription())
	require.NotEmpty(t, msg.GetContextInfo().GetStanzaID(), "it is a reply")

	s.ann.say("!link " + base + "/none")
	msg = s.ann.hears().Message.GetExtendedTextMessage()
	require.Equal(t, base+"/none", msg.GetText(), "it is sent without a preview")
	require.Empty(t, msg.GetTitle())
	require.Equal(t, "Which page? Send !link URL, with http:// or https://.", s.ann.asks("!link example"))
}

func TestLocalPagesAreNotPreviewed(t *testing.T) {
	s := newStage(t)
	s.start(func(cfg *Config) { cfg.Web = safehttp.New() })
	asked := make(chan struct{}, 10)
	base := newSource(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }))
	s.ann.say("!link " + base + "/")
	msg := s.ann.hears().Message.GetExtendedTextMessage()
	require.Equal(t, base+"/", msg.GetText())
	require.Empty(t, msg.GetTitle())
	require.Empty(t, asked)
}
