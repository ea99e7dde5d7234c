package resume_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.mau.fi/util/dbutil"
	_ "modernc.org/sqlite"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// A store in a directory needs nothing else.
func ExampleNewFileStore() {
	dir, err := os.MkdirTemp("", "uploads-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	store, err := resume.NewFileStore(dir)
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

// Many processes share a database, which may be the one in which whatsmeow keeps its session.
func ExampleNewSQLStore() {
	dir, err := os.MkdirTemp("", "bot-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	db, err := dbutil.NewWithDialect("file:"+filepath.Join(dir, "bot.db")+
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate", "sqlite")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	store, err := resume.NewSQLStore(ctx, db, resume.WithLease(time.Minute))
	if err != nil {
		panic(err)
	}

	err = store.Save(ctx, "holiday.mp4", &resume.Record{Path: "/mms/video"})
	if err != nil {
		panic(err)
	}
	// Once a day or so:
	purged, err := store.Purge(ctx, 30*24*time.Hour)
	fmt.Println("purged:", purged, err)
	// Output:
	// purged: 0 <nil>
}
