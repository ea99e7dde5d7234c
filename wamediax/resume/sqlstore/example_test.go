package sqlstore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.mau.fi/util/dbutil"
	_ "modernc.org/sqlite"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
)

// Processes on several machines can share a database, which may be whatsmeow's.
func ExampleNew() {
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
	store, err := sqlstore.New(ctx, db, sqlstore.WithLease(time.Minute))
	if err != nil {
		panic(err)
	}

	err = store.Save(ctx, "holiday.mp4", &resume.Record{Path: "/mms/video"})
	if err != nil {
		panic(err)
	}
	// About once a day:
	purged, err := store.Purge(ctx, 30*24*time.Hour)
	fmt.Println("purged:", purged, err)
	// Output:
	// purged: 0 <nil>
}
