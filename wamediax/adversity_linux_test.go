package wamediax_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// fullDisk is a disk with room for 256 KiB, and what the system says when that is used up.
type fullDisk struct {
	dir  string
	errs error
}

func (d fullDisk) path(name string) string { return filepath.Join(d.dir, name) }

const diskVariable = "WAMEDIAX_TEST_DISK"

// TestFullDisk runs itself in a process that mounts a small disk which nobody else sees. Where a
// process may not do that, one whose files cannot grow beyond the same limit has to do.
func TestFullDisk(t *testing.T) {
	const room = 256 << 10
	switch os.Getenv(diskVariable) {
	case "":
		t.Parallel()
		for _, kind := range []string{"mounted", "limited"} {
			child := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.timeout=60s")
			child.Env = append(os.Environ(), diskVariable+"="+kind)
			if kind == "mounted" {
				child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
					UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
					GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
				}
			}
			output, err := child.CombinedOutput()
			if kind == "mounted" && (err != nil && len(output) == 0 || bytes.Contains(output, []byte(errNoMount))) {
				continue // it could not be started, or not mount
			}
			require.NoError(t, err, "%s", output)
			return
		}
	case "mounted":
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
			t.Fatal(errNoMount, err)
		}
		t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
		testFullDisk(t, fullDisk{dir, syscall.ENOSPC})
	case "limited":
		disk := fullDisk{t.TempDir(), syscall.EFBIG}
		var before syscall.Rlimit
		require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: room, Max: before.Max}))
		t.Cleanup(func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)) })
		testFullDisk(t, disk)
	}
}

const errNoMount = "failed to mount:"

func testFullDisk(t *testing.T, disk fullDisk) {
	t.Setenv("TMPDIR", disk.dir)
	const size = mebi
	for name, call := range map[string]func(t *testing.T, s *service) error{
		"UploadMedia of a stream that is spooled": func(t *testing.T, s *service) error {
			_, err := s.client.UploadMedia(t.Context(), stream(content(size)), whatsmeow.MediaDocument)
			return err
		},
		"UploadLive that is spooled": func(t *testing.T, s *service) error {
			s.inject("", liveChunks, -1, wamediaxtest.Status(415))
			_, err := s.client.UploadLive(t.Context(), stream(content(size)), whatsmeow.MediaAudio)
			return err
		},
		"UploadReader with a temporary file": func(t *testing.T, s *service) error {
			temp, err := os.Create(disk.path("temp"))
			require.NoError(t, err)
			defer os.Remove(temp.Name())
			defer temp.Close()
			_, err = s.client.UploadReader(t.Context(), stream(content(size)), temp, whatsmeow.MediaDocument)
			return err
		},
		"UploadAll": func(t *testing.T, s *service) (err error) {
			small := wamediax.UploadItem{MediaType: whatsmeow.MediaImage, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(stream(content(1000))), nil
			}}
			large := small
			large.Open = func() (io.ReadCloser, error) { return io.NopCloser(stream(content(size))), nil }
			// one at a time: while the large one fills the disk, there is no room for the small one either
			outcomes := allOf(t, t.Context(), s.client, []wamediax.UploadItem{large, small}, wamediax.WithParallelism(1))
			require.NoError(t, outcomes[1].Err, "what there is room for goes on")
			return outcomes[0].Err
		},
		"productimg.Upload": func(t *testing.T, s *service) error {
			picture := pictureOf(t)
			_, err := productimg.Upload(t.Context(), s.client, io.MultiReader(bytes.NewReader(picture), bytes.NewReader(content(size))))
			return err
		},
		"DownloadFile": func(t *testing.T, s *service) error {
			require.NoError(t, os.WriteFile(disk.path("file"), []byte("before"), 0o600))
			defer os.Remove(disk.path("file"))
			_, err := s.client.DownloadFile(t.Context(), disk.path("file"), s.posted(t, content(size)))
			requireFile(t, disk.path("file"), []byte("before"))
			return err
		},
		"DownloadTo": func(t *testing.T, s *service) error {
			dst, err := os.Create(disk.path("file"))
			require.NoError(t, err)
			defer os.Remove(dst.Name())
			defer dst.Close()
			_, err = s.client.DownloadTo(t.Context(), dst, s.posted(t, content(size)))
			return err
		},
		"DownloadToFile": func(t *testing.T, s *service) error {
			dst, err := os.Create(disk.path("file"))
			require.NoError(t, err)
			defer os.Remove(dst.Name())
			defer dst.Close()
			err = s.client.DownloadToFile(t.Context(), s.posted(t, content(size)), dst)
			requireFile(t, dst.Name(), nil) // what came was not verified
			return err
		},
	} {
		t.Run(name+" says that the disk is full, and leaves nothing on it", func(t *testing.T) {
			s := newService(t, wamediax.WithSpoolMemory(0))
			require.ErrorIs(t, call(t, s), disk.errs)
			requireEmpty(t, disk.dir)
			require.Zero(t, openSpools())
		})
	}

	t.Run("UploadMedia with a file store goes on without, and old records stay", func(t *testing.T) {
		store, err := filestore.New(disk.path("store"))
		require.NoError(t, err)
		defer os.RemoveAll(disk.path("store"))
		disk.testStore(t, store, "no space left on device")
		entries, err := os.ReadDir(disk.path("store"))
		require.NoError(t, err)
		for _, entry := range entries {
			require.NotEqual(t, ".tmp", filepath.Ext(entry.Name()))
		}
	})

	t.Run("UploadMedia with an SQLite store goes on without, and old records stay", func(t *testing.T) {
		db, err := dbutil.NewWithDialect("file:"+disk.path("bot.db")+"?_pragma=busy_timeout(1000)&_txlock=immediate", "sqlite")
		require.NoError(t, err)
		defer func() {
			require.NoError(t, db.Close())
			for _, name := range []string{"bot.db", "bot.db-journal"} {
				_ = os.Remove(disk.path(name))
			}
		}()
		store, err := sqlstore.New(t.Context(), db)
		require.NoError(t, err)
		disk.testStore(t, store, "full")
	})
}

// testStore uploads with a store on the disk before, while and after the disk is full. The log must
// contain full.
func (d fullDisk) testStore(t *testing.T, store resume.Store, full string) {
	t.Helper()
	log := &logged{}
	s := newService(t, wamediax.WithResumeStore(store))
	s.client.Log = log
	old, next := memoryFile(t, content(100_000)), memoryFile(t, content(100_001))
	_, err := s.client.UploadMedia(t.Context(), old, whatsmeow.MediaDocument)
	require.NoError(t, err)
	empty := d.fill(t)
	up, err := s.client.UploadMedia(t.Context(), next, whatsmeow.MediaDocument)
	require.NoError(t, err)
	s.requireThere(t, up)
	if d.errs == syscall.ENOSPC {
		require.Contains(t, log.text(), full)
	}
	empty()
	up, err = s.client.UploadMedia(t.Context(), old, whatsmeow.MediaDocument)
	require.NoError(t, err)
	require.Zero(t, up.BytesSent)
}

// fill uses up all room that is left, until empty is called.
func (d fullDisk) fill(t *testing.T) (empty func()) {
	file, err := os.Create(d.path("filling"))
	require.NoError(t, err)
	for size := 64 << 10; size > 0; size /= 2 {
		for {
			if _, err = file.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
	require.ErrorIs(t, err, d.errs)
	return func() {
		require.NoError(t, file.Close())
		require.NoError(t, os.Remove(file.Name()))
	}
}

// memoryFile is a file that takes no room on a disk.
func memoryFile(t *testing.T, data []byte) *os.File {
	dir, err := os.MkdirTemp("/dev/shm", "media-test-*")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.WriteFile(dir+"/media", data, 0o600))
	file, err := os.Open(dir + "/media")
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}
