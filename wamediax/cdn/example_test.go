package cdn_test

import (
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

func ExampleInOrder() {
	hosts := []cdn.Host{
		{Name: "fallback.test", Fallback: true},
		{Name: "pictures.test", Download: []string{"image"}},
		{Name: "all.test", FallbackName: "all-too.test"},
	}
	fmt.Println(cdn.InOrder(cdn.ForDownload(hosts, "video")))
	// Output: [all.test all-too.test fallback.test]
}
