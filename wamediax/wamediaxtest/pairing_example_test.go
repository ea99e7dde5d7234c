package wamediaxtest_test

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// newBot makes a client that is not paired, as a program makes it that starts for the first time,
// but for where it connects.
func newBot(srv *wamediaxtest.Server) (*whatsmeow.Client, *sqlstore.Container) {
	container, err := sqlstore.New(context.Background(), "sqlite", "file:bot?mode=memory&cache=shared&_pragma=foreign_keys(1)", nil)
	if err != nil {
		panic(err)
	}
	bot := whatsmeow.NewClient(container.NewDevice(), nil)
	bot.SetPreLoginHTTPClient(srv.HTTPClient())
	bot.SetWebsocketHTTPClient(srv.HTTPClient())
	bot.SetMediaHTTPClient(srv.HTTPClient())
	return bot, container
}

// A bot shows a QR code, and the test's phone scans it.
func ExampleServer_Scan() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	bot, database := newBot(srv)
	defer database.Close()
	defer srv.Disconnect(bot)
	connected := make(chan struct{})
	bot.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.Connected); ok {
			close(connected)
		}
	})

	ctx := context.Background()
	codes, err := bot.GetQRChannel(ctx)
	if err != nil {
		panic(err)
	}
	if err = bot.Connect(); err != nil {
		panic(err)
	}
	jid, err := srv.Scan(ctx, (<-codes).Code)
	if err != nil {
		panic(err)
	}
	fmt.Println("paired as", jid)
	<-connected
	fmt.Println("logged in:", bot.IsLoggedIn())
	// Output:
	// paired as 15550000001:1@s.whatsapp.net
	// logged in: true
}

// A bot shows a pairing code, and the test's phone enters it, at the second try.
func ExampleServer_EnterCode() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	bot, database := newBot(srv)
	defer database.Close()
	defer srv.Disconnect(bot)
	shown, connected := make(chan struct{}), make(chan struct{})
	bot.AddEventHandler(func(evt any) {
		switch evt.(type) {
		case *events.QR:
			close(shown)
		case *events.Connected:
			close(connected)
		}
	})

	if err := bot.Connect(); err != nil {
		panic(err)
	}
	<-shown // from now on whatsmeow takes questions for a code
	ctx := context.Background()
	code, err := bot.PairPhone(ctx, "+49 151 12345678", true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		panic(err)
	}
	_, err = srv.EnterCode(ctx, "+49 151 12345678", "AAAA-AAAA")
	fmt.Println(err)
	jid, err := srv.EnterCode(ctx, "+49 151 12345678", code)
	if err != nil {
		panic(err)
	}
	fmt.Println("paired as", jid)
	<-connected
	// Output:
	// wamediaxtest: failed to pair a device by code: wrong pairing code
	// paired as 4915112345678:1@s.whatsapp.net
}

// The user logs the bot out on the phone.
func ExampleServer_Unlink() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	bot, err := srv.NewClient(context.Background())
	if err != nil {
		panic(err)
	}
	reasons := make(chan events.ConnectFailureReason, 1)
	bot.AddEventHandler(func(evt any) {
		if evt, ok := evt.(*events.LoggedOut); ok {
			reasons <- evt.Reason
		}
	})
	if err = srv.Unlink(bot.Store.GetJID()); err != nil {
		panic(err)
	}
	fmt.Println(<-reasons)
	// Output:
	// 401: logged out from another device
}
