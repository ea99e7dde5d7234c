package filestore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
)

// A directory is all that a file store needs.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "uploads-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	store, err := filestore.New(dir)
	if err != nil {
		panic(err)
	}
	unlock, err := store.Lock(ctx, "holiday.mp4")
	if err != nil {
		panic(err)
	}
	defer unlock()
	_, err = store.Load(ctx, "holiday.mp4")
	fmt.Println("new:", errors.Is(err, resume.ErrNotFound))

	err = store.Save(ctx, "holiday.mp4", &resume.Record{Path: "/mms/video", Expires: time.Now().AddDate(0, 0, 14)})
	if err != nil {
		panic(err)
	}
	rec, err := store.Load(ctx, "holiday.mp4")
	if err != nil {
		panic(err)
	}
	fmt.Println("goes to:", rec.Path)
	fmt.Println("done:", rec.Response != nil)
	// Output:
	// new: true
	// goes to: /mms/video
	// done: false
}
