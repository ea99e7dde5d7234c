package wamediax_test

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// A stream is looked into without using it up.
func ExampleSniff() {
	src := bufio.NewReaderSize(strings.NewReader("%PDF-1.7 and so on"), wamediax.SniffLen)
	head, err := src.Peek(wamediax.SniffLen)
	if err != nil && err != io.EOF {
		panic(err)
	}
	kind := wamediax.Sniff(head)
	fmt.Println(kind.Mimetype, kind.MediaType, kind.Extension)
	// and then client.UploadMedia(ctx, src, kind.MediaType)
	// Output: application/pdf WhatsApp Document Keys .pdf
}
