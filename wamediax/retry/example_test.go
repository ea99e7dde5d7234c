package retry_test

import (
	"bytes"
	"context"
	"fmt"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// The phone uploads a message's media again that is gone from the media hosts.
func ExampleRequester_Request() {
	mediaKey := bytes.Repeat([]byte{1}, 32) // imageMessage.GetMediaKey()
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	srv.SetPhone(wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{
		"3EB0AA": {MediaKey: mediaKey, DirectPath: "/v/t62.7118-24/new"},
	}))
	ctx := context.Background()
	client, err := srv.NewClient(ctx)
	if err != nil {
		panic(err)
	}

	requester := retry.New(client)
	defer requester.Close()
	info := &types.MessageInfo{ID: "3EB0AA"} // evt.Info
	info.Chat = types.NewJID("15550001234", types.DefaultUserServer)
	result, err := requester.Request(ctx, retry.RequestFor(info, mediaKey))
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Status, result.DirectPath)
	// Output: success /v/t62.7118-24/new
}

// Request the media of several old messages.
func ExampleRequester_RequestAll() {
	key := func(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	srv.SetPhone(wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{
		"3EB001": {MediaKey: key(1), DirectPath: "/v/first"},
		"3EB002": {MediaKey: key(2)}, // deleted on the phone
		"3EB003": {MediaKey: key(9), DirectPath: "/v/third"},
	}))
	ctx := context.Background()
	cli, err := srv.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	chat := types.NewJID("15550001234", types.DefaultUserServer)
	requests := []retry.Request{
		{MessageID: "3EB001", Chat: chat, MediaKey: key(1)},
		{MessageID: "3EB002", Chat: chat, MediaKey: key(2)},
		{MessageID: "3EB003", Chat: chat, MediaKey: key(3)},
	}

	requester := retry.New(cli)
	defer requester.Close()
	answers := make(map[types.MessageID]string)
	for i, outcome := range requester.RequestAll(ctx, requests) {
		switch id := requests[i].MessageID; {
		case outcome.Err != nil:
			answers[id] = outcome.Err.Error() // the others continue
		case outcome.Result.Status == retry.Success:
			answers[id] = outcome.Result.DirectPath
		default:
			answers[id] = outcome.Result.Status.String()
		}
	}
	for id, answer := range answers {
		fmt.Println(id, answer)
	}
	// Unordered output:
	// 3EB001 /v/first
	// 3EB002 not found
	// 3EB003 decryption error
}
