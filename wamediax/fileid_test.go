package wamediax_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

func TestChangedFileWithTheOldSizeAndTimesIsSentAnew(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no change time there")
	}
	s := newService(t, wamediax.WithResumeStore(fileStore(t)))
	file := fileOf(t, content(1000))
	then := time.Now().Add(-time.Hour)
	for _, data := range [][]byte{bytes.Repeat([]byte{1}, 1000), bytes.Repeat([]byte{2}, 1000)} {
		_, err := file.WriteAt(data, 0)
		require.NoError(t, err)
		require.NoError(t, os.Chtimes(file.Name(), then, then))
		settle() // or the record would not say what the file looks like
		up, err := s.client.UploadMedia(t.Context(), file, whatsmeow.MediaImage)
		require.NoError(t, err)
		hash := sha256.Sum256(data)
		require.Equal(t, hash[:], up.FileSHA256)
	}
}

// oldLookStore drops from records what the first version did not know of a file.
type oldLookStore struct{ resume.Store }

func (s oldLookStore) Load(ctx context.Context, key string) (*resume.Record, error) {
	rec, err := s.Store.Load(ctx, key)
	if err == nil {
		var look map[string]any
		if err := json.Unmarshal(rec.Source, &look); err != nil {
			return nil, err
		}
		delete(look, "Device")
		delete(look, "Changed")
		rec.Source, err = json.Marshal(look)
	}
	return rec, err
}

func TestFileWithARecordOfTheFirstVersionIsComparedByItsContent(t *testing.T) {
	s := newService(t)
	store := fileStore(t)
	file := fileOf(t, content(10_000))
	settle()
	first, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), file, whatsmeow.MediaImage)
	require.NoError(t, err)
	read := false
	next, err := s.again(wamediax.WithResumeStore(oldLookStore{store})).UploadMedia(t.Context(), file, whatsmeow.MediaImage,
		wamediax.WithProgress(func(p wamediax.Progress) { read = read || p.Stage == wamediax.Encrypting }))
	require.NoError(t, err)
	require.True(t, read)
	require.Equal(t, first.UploadResponse, next.UploadResponse)
	require.Zero(t, next.BytesSent)
}

func TestFileOfSizeZeroThatHasContentIsRead(t *testing.T) {
	want, err := os.ReadFile("/proc/version")
	if err != nil {
		t.Skip("there is no /proc: ", err)
	}
	for name, upload := range map[string]func(s *service, file *os.File) (whatsmeow.UploadResponse, error){
		"UploadMedia": func(s *service, file *os.File) (whatsmeow.UploadResponse, error) {
			up, err := s.client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
			if err != nil {
				return whatsmeow.UploadResponse{}, err
			}
			return up.UploadResponse, nil
		},
		"UploadNewsletterReader": func(s *service, file *os.File) (whatsmeow.UploadResponse, error) {
			return s.client.UploadNewsletterReader(t.Context(), file, whatsmeow.MediaDocument)
		},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := os.Open("/proc/version")
			require.NoError(t, err)
			defer file.Close()
			resp, err := upload(newService(t), file)
			require.NoError(t, err)
			hash := sha256.Sum256(want)
			require.Equal(t, hash[:], resp.FileSHA256)
			require.Equal(t, uint64(len(want)), resp.FileLength)
		})
	}
}

func TestFileThatChangesItsSizeWhileItIsReadIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		size int64
		want error
	}{"grows": {3*mebi + 1, streamenc.ErrSourceChanged}, "shrinks": {mebi, io.ErrUnexpectedEOF}} {
		for _, mediaType := range []whatsmeow.MediaType{whatsmeow.MediaVideo, wamediax.MediaProductImage} {
			t.Run(name+" "+string(mediaType), func(t *testing.T) {
				s := newService(t)
				file := fileOf(t, content(3*mebi))
				_, err := s.client.UploadMedia(t.Context(), file, mediaType, wamediax.WithProgress(func(p wamediax.Progress) {
					require.NoError(t, file.Truncate(c.size))
				}))
				require.ErrorIs(t, err, c.want)
				require.Empty(t, s.requests(uploads))
			})
		}
	}
}

func TestDirectoryIsAnError(t *testing.T) {
	s := newService(t, wamediax.WithResumeStore(fileStore(t)))
	dir, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer dir.Close()
	_, err = s.client.UploadMedia(t.Context(), dir, whatsmeow.MediaDocument)
	require.ErrorContains(t, err, "is a directory")
}

// settle waits until the file system would give another change of a file other times: a record
// trusts no times that are younger than 20 ms. Only the real clock brings that about, as no program
// can set a file's change time.
func settle() { time.Sleep(25 * time.Millisecond) }
