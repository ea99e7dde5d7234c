package wamediax_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// wire is the dialect of the media hosts of every test, Example and benchmark that does not set
// one:
//
//	go test ./wamediax -wire seeds   the upload paths and offsets that whatsmeow and the specification know
//	go test ./wamediax -wire web     WhatsApp Web's, and channels' answers without a URL
//
// Without it they understand everything. wamediaxtest.DialectEnv does the same for all packages.
var wire = flag.String("wire", "", "dialect of the media hosts: seeds or web")

var dialects = map[string]string{"seeds": "coarse", "web": "web"} // the words of wamediaxtest.DialectEnv

// newServer starts a WhatsApp service.
func newServer(t testing.TB) *wamediaxtest.Server {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	return server
}

// waitingTests is how many parallel tests run at once without the flag -parallel. They mostly wait,
// so the number does not depend on the processors.
const waitingTests = "8"

func letWaitingTestsOverlap() error {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", waitingTests)
}

// TestMain gives the tests a directory for temporary files of their own, so that what is left there
// is theirs. Its name is not like those of the package's own files: a process that a test kills
// leaves it behind.
func TestMain(m *testing.M) {
	flag.Parse()
	if *wire != "" {
		dialect, ok := dialects[*wire]
		if !ok {
			fmt.Fprintf(os.Stderr, "-wire is %q, not seeds or web\n", *wire)
			os.Exit(2)
		}
		os.Setenv(wamediaxtest.DialectEnv, dialect)
	}
	if err := letWaitingTestsOverlap(); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "media-test-*")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}
