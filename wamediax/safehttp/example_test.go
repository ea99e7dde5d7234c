package safehttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

func ExampleClient_Get() {
	client := safehttp.New()
	for _, url := range []string{"http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"} {
		resp, err := client.Get(context.Background(), url, 10<<20)
		switch {
		case errors.Is(err, safehttp.ErrNotPublic):
			fmt.Println("that URL leads into our own network")
		case errors.Is(err, safehttp.ErrURL):
			fmt.Println("that is not a web address")
		case err != nil:
			fmt.Println(err)
		default:
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}
	// Output:
	// that URL leads into our own network
	// that is not a web address
}
