package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// again is the service's client as it is after a restart of the program: what was only in memory is
// gone.
func (s *service) again(opts ...wamediax.Option) *wamediax.Client {
	return wamediax.Wrap(s.client.Client, append([]wamediax.Option{wamediax.WithHTTPClient(s.HTTPClient())}, opts...)...)
}

func fileStore(t testing.TB) *filestore.Store {
	t.Helper()
	store, err := filestore.New(t.TempDir())
	require.NoError(t, err)
	return store
}

// breakOff makes one upload end with an error once the CDN holds half of it, and the service behave
// again after that.
func (s *service) breakOff(t *testing.T, client *wamediax.Client, half int64, src io.Reader, opts ...wamediax.UploadOption) {
	t.Helper()
	s.inject("", uploads, 1, wamediaxtest.HangUp(half))
	s.inject("", uploads, -1, wamediaxtest.HangUp(0))
	_, err := client.UploadMedia(t.Context(), src, whatsmeow.MediaVideo, append(opts, shortPauses, fewAttempts)...)
	require.Error(t, err)
	s.ClearFaults()
}

func TestUploadGoesOnAfterARestart(t *testing.T) {
	data := content(3 * mebi)
	name := wamediax.WithResumeID("the holiday")
	sources := map[string]struct {
		open func(file *os.File) io.Reader
		opts []wamediax.UploadOption
		read bool // a second time
	}{
		"a file":                     {open: func(file *os.File) io.Reader { return file }},
		"a file with a name":         {open: func(file *os.File) io.Reader { return file }, opts: []wamediax.UploadOption{name}},
		"a bytes.Reader with a name": {open: func(*os.File) io.Reader { return bytes.NewReader(data) }, opts: []wamediax.UploadOption{name}, read: true},
		"a stream with a name":       {open: func(*os.File) io.Reader { return stream(data) }, opts: []wamediax.UploadOption{name}, read: true},
	}
	for what, source := range sources {
		t.Run(what, func(t *testing.T) {
			s := newService(t)
			store := fileStore(t)
			file := fileOf(t, data)
			settle()
			s.breakOff(t, s.again(wamediax.WithResumeStore(store)), 2*mebi, source.open(file), source.opts...)

			read := false
			up, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), source.open(file), whatsmeow.MediaVideo,
				append(source.opts, wamediax.WithProgress(func(p wamediax.Progress) { read = read || p.Stage == wamediax.Encrypting }))...)
			require.NoError(t, err)
			require.True(t, up.Resumed)
			require.LessOrEqual(t, s.Received(), int64(3*mebi+64*kibi))
			require.Equal(t, source.read, read)
			require.NotEmpty(t, up.StreamingSidecar)
			got, err := s.receiver(t).Download(t.Context(), up.VideoMessage())
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
		})
	}
}

func TestWithoutANameOrAStoreNothingIsRemembered(t *testing.T) {
	s := newService(t)
	client := s.again(wamediax.WithResumeStore(fileStore(t)))
	for range 2 {
		up, err := client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaImage)
		require.NoError(t, err)
		require.False(t, up.Resumed)
	}
	file := fileOf(t, content(1000))
	for range 2 {
		up, err := s.client.UploadMedia(t.Context(), file, whatsmeow.MediaImage, wamediax.WithResumeID("unheard"))
		require.NoError(t, err)
		require.False(t, up.Resumed)
	}
}

func TestSameFileToTheNextChatIsAProbeAndNoByte(t *testing.T) {
	calls := map[string]func(client *wamediax.Client, file *os.File) (whatsmeow.UploadResponse, error){
		"UploadMedia": func(client *wamediax.Client, file *os.File) (whatsmeow.UploadResponse, error) {
			up, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
			if err != nil {
				return whatsmeow.UploadResponse{}, err
			}
			return up.UploadResponse, nil
		},
		"UploadReader": func(client *wamediax.Client, file *os.File) (whatsmeow.UploadResponse, error) {
			return client.UploadReader(t.Context(), file, nil, whatsmeow.MediaDocument)
		},
		"UploadNewsletterReader": func(client *wamediax.Client, file *os.File) (whatsmeow.UploadResponse, error) {
			return client.UploadNewsletterReader(t.Context(), file, whatsmeow.MediaDocument)
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			store := fileStore(t)
			file := fileOf(t, content(10_000)) // far below the threshold
			first, err := call(s.again(wamediax.WithResumeStore(store)), file)
			require.NoError(t, err)
			received := s.Received()
			for range 3 {
				next, err := call(s.again(wamediax.WithResumeStore(store)), file)
				require.NoError(t, err)
				require.Equal(t, first, next)
			}
			require.Equal(t, received, s.Received())
			require.Len(t, s.Requests(), 4)
		})
	}
}

func TestObjectThatTheCDNHasForgottenIsSentAgain(t *testing.T) {
	s := newService(t)
	client := s.again(wamediax.WithResumeStore(fileStore(t)))
	data := content(10_000)
	file := fileOf(t, data)
	first, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
	require.NoError(t, err)
	s.Forget(first.DirectPath, 404)
	second, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
	require.NoError(t, err)
	require.NotEqual(t, first.DirectPath, second.DirectPath)
	requireDownloads(t, s, second.UploadResponse, data)
}

func TestFileThatChangedGetsAnotherKey(t *testing.T) {
	changes := map[string]func(t *testing.T, file *os.File, data []byte){
		"in its last byte": func(t *testing.T, file *os.File, data []byte) {
			data[len(data)-1] ^= 1
			_, err := file.WriteAt(data[len(data)-1:], int64(len(data)-1))
			require.NoError(t, err)
		},
		"in its first byte": func(t *testing.T, file *os.File, data []byte) {
			data[0] ^= 1
			_, err := file.WriteAt(data[:1], 0)
			require.NoError(t, err)
		},
	}
	// Where an upload has finished and the times are set back, nothing of the file is read: nobody
	// can know.
	situations := map[string]struct{ finished, secretly bool }{
		"after a broken upload":                              {false, false},
		"after a broken upload, and its times were set back": {false, true},
		"after an upload":                                    {true, false},
	}
	for where, change := range changes {
		for when, situation := range situations {
			t.Run(where+", "+when, func(t *testing.T) {
				s := newService(t)
				client := s.again(wamediax.WithResumeStore(fileStore(t)))
				data := content(2*mebi + 100)
				file := fileOf(t, data)
				stat, err := file.Stat()
				require.NoError(t, err)
				if situation.finished {
					_, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaVideo)
					require.NoError(t, err)
				} else {
					s.breakOff(t, client, 100, file)
				}
				before := map[string]bool{}
				for _, request := range s.Requests() {
					before[request.Query.Get("token")] = true
				}
				change(t, file, data)
				modified := stat.ModTime()
				if !situation.secretly {
					modified = modified.Add(time.Second)
				}
				require.NoError(t, os.Chtimes(file.Name(), modified, modified))

				up, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaVideo)
				require.NoError(t, err)
				got, err := s.receiver(t).Download(t.Context(), up.VideoMessage())
				require.NoError(t, err)
				require.True(t, bytes.Equal(data, got))
				last := s.requests(uploads)[len(s.requests(uploads))-1]
				require.False(t, before[last.Query.Get("token")])
			})
		}
	}
}

func (s *service) requests(kinds wamediaxtest.Kind) (found []wamediaxtest.Request) {
	for _, request := range s.Requests() {
		if request.Kind&kinds != 0 {
			found = append(found, request)
		}
	}
	return found
}

func TestFileThatWasOnlyTouchedKeepsItsKey(t *testing.T) {
	s := newService(t)
	client := s.again(wamediax.WithResumeStore(fileStore(t)))
	file := fileOf(t, content(10_000))
	first, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
	require.NoError(t, err)
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(file.Name(), later, later))
	for range 2 {
		next, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
		require.NoError(t, err)
		require.Equal(t, first.UploadResponse, next.UploadResponse)
		require.Zero(t, next.BytesSent)
		require.Equal(t, first.MediaKeyTimestamp, next.MediaKeyTimestamp.Local())
	}
}

func TestOtherMediaUnderTheSameNameGetsAnotherKey(t *testing.T) {
	for what, open := range map[string]func([]byte) io.Reader{
		"in place": func(data []byte) io.Reader { return bytes.NewReader(data) },
		"stream":   stream,
	} {
		t.Run(what, func(t *testing.T) {
			s := newService(t, wamediax.WithSpoolMemory(0))
			client := s.again(wamediax.WithResumeStore(fileStore(t)), wamediax.WithSpoolMemory(1000))
			keys := map[string]bool{}
			for round := range 3 {
				data := content(100_000 + round)
				up, err := client.UploadMedia(t.Context(), open(data), whatsmeow.MediaDocument, wamediax.WithResumeID("greeting"))
				require.NoError(t, err)
				require.False(t, keys[string(up.MediaKey)])
				keys[string(up.MediaKey)] = true
				requireDownloads(t, s, up.UploadResponse, data)
			}
			requireNoTempFiles(t)
		})
	}
}

func TestSidecarThatWasNotMadeAtFirstIsMadeLater(t *testing.T) {
	s := newService(t)
	client := s.again(wamediax.WithResumeStore(fileStore(t)))
	file := fileOf(t, content(100_000))
	_, err := client.UploadReader(t.Context(), file, nil, whatsmeow.MediaVideo)
	require.NoError(t, err)
	up, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaVideo)
	require.NoError(t, err)
	require.NotEmpty(t, up.StreamingSidecar)
	require.Zero(t, up.BytesSent)
}

func TestRecordIsOfUseToItsOwnAccountAndKeyOnly(t *testing.T) {
	s := newService(t)
	store := fileStore(t)
	file := fileOf(t, content(1000))
	mine, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), file, whatsmeow.MediaImage)
	require.NoError(t, err)
	other := wamediax.Wrap(s.receiver(t), wamediax.WithHTTPClient(s.HTTPClient()), wamediax.WithResumeStore(store))
	theirs, err := other.UploadMedia(t.Context(), file, whatsmeow.MediaImage)
	require.NoError(t, err)
	require.NotEqual(t, mine.MediaKey, theirs.MediaKey)
	given, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), file, whatsmeow.MediaImage, wamediax.WithMediaKey(key32))
	require.NoError(t, err)
	require.Equal(t, key32, given.MediaKey)
}

func TestRecordExpires(t *testing.T) {
	s := newService(t)
	client := s.again(wamediax.WithResumeStore(fileStore(t)), wamediax.WithResumeExpiry(-time.Second))
	file := fileOf(t, content(1000))
	first, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaImage)
	require.NoError(t, err)
	second, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaImage)
	require.NoError(t, err)
	require.NotEqual(t, first.MediaKey, second.MediaKey)
}

func TestStoreThatFailsCostsTheMemoryAndNotTheUpload(t *testing.T) {
	dir := t.TempDir() + "/store"
	store, err := filestore.New(dir)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.WriteFile(dir, nil, 0o600)) // a file is in the way
	s := newService(t)
	log := &logged{}
	s.client.Log = log
	up, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), fileOf(t, content(1000)), whatsmeow.MediaImage)
	require.NoError(t, err)
	require.NotEmpty(t, up.DirectPath)
	require.Contains(t, log.text(), "not remembered")
}

func TestSameFileAtTheSameMomentIsSentOnce(t *testing.T) {
	s := newService(t)
	store := fileStore(t)
	data := content(mebi)
	file := fileOf(t, data)
	var uploading sync.WaitGroup
	for range 5 {
		client := s.again(wamediax.WithResumeStore(store))
		uploading.Go(func() {
			if _, err := client.UploadMedia(t.Context(), file, whatsmeow.MediaImage); err != nil {
				t.Error(err)
			}
		})
	}
	uploading.Wait()
	require.Len(t, s.requests(uploads), 1)
}

// lockingStore says when it is asked for a lock.
type lockingStore struct {
	resume.Store
	locking chan struct{} // closed then
}

func (l lockingStore) Lock(ctx context.Context, key string) (func(), error) {
	close(l.locking)
	return l.Store.Lock(ctx, key)
}

func TestWaitingForTheSameUploadEndsWithTheContext(t *testing.T) {
	s := newService(t)
	store := fileStore(t)
	file := fileOf(t, content(1000))
	let := make(chan struct{})
	s.inject("", uploads, 1, wamediaxtest.AnswerAfter(let))
	var first sync.WaitGroup
	locking := make(chan struct{})
	holder, waiter := s.again(wamediax.WithResumeStore(store)), s.again(wamediax.WithResumeStore(lockingStore{store, locking}))
	first.Go(func() {
		if _, err := holder.UploadMedia(t.Context(), file, whatsmeow.MediaImage); err != nil {
			t.Error(err)
		}
	})
	s.waitHeld(t.Context())
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-locking
		cancel(cause)
	}()
	_, err := waiter.UploadMedia(ctx, file, whatsmeow.MediaImage)
	require.ErrorIs(t, err, cause)
	close(let)
	first.Wait()
}
