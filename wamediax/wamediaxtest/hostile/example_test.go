package hostile_test

import (
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

func ExamplePictures() {
	for _, file := range hostile.Pictures()[:2] {
		fmt.Println(file.Name, len(file.Make())>>10, "KiB")
	}
	// Output:
	// scans-300.jpg 84 KiB
	// scans-just-allowed.jpg 22 KiB
}
