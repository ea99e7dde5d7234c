package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestWhatIsUploadedAnotherClientDownloads(t *testing.T) {
	s := newService(t)
	receiver := s.receiver(t)
	data := content(300_000)
	messages := map[whatsmeow.MediaType]func(*wamediax.Uploaded) whatsmeow.DownloadableMessage{
		whatsmeow.MediaImage:    func(u *wamediax.Uploaded) whatsmeow.DownloadableMessage { return u.ImageMessage() },
		whatsmeow.MediaVideo:    func(u *wamediax.Uploaded) whatsmeow.DownloadableMessage { return u.VideoMessage() },
		whatsmeow.MediaAudio:    func(u *wamediax.Uploaded) whatsmeow.DownloadableMessage { return u.AudioMessage() },
		whatsmeow.MediaDocument: func(u *wamediax.Uploaded) whatsmeow.DownloadableMessage { return u.DocumentMessage() },
	}
	for mediaType, message := range messages {
		t.Run(string(mediaType), func(t *testing.T) {
			up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), mediaType)
			require.NoError(t, err)
			got, err := receiver.Download(t.Context(), message(up))
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
		})
	}
}

func TestEverySourceGivesTheSameObject(t *testing.T) {
	const skipped = 1000
	data := content(2*mebi + 5) // more than is spooled in memory
	rest := data[skipped:]
	want, wantInfo, err := streamenc.EncryptBytes(rest, whatsmeow.MediaDocument, streamenc.WithKey(key32))
	require.NoError(t, err)
	sources := map[string]func(t *testing.T) io.Reader{
		"a file": func(t *testing.T) io.Reader {
			file := fileOf(t, data)
			_, err := file.Seek(skipped, io.SeekStart)
			require.NoError(t, err)
			return file
		},
		"a bytes.Reader": func(t *testing.T) io.Reader {
			reader := bytes.NewReader(data)
			_, err := reader.Seek(skipped, io.SeekStart)
			require.NoError(t, err)
			return reader
		},
		"a strings.Reader": func(*testing.T) io.Reader { return strings.NewReader(string(rest)) },
		"a section": func(*testing.T) io.Reader {
			return io.NewSectionReader(bytes.NewReader(data), skipped, int64(len(rest)))
		},
		"ReadAt and a size": func(*testing.T) io.Reader { return sized{bytes.NewReader(rest)} },
		"a stream":          func(*testing.T) io.Reader { return stream(rest) },
		"a stream that gives its end with its last bytes": func(*testing.T) io.Reader { return iotest.DataErrReader(stream(rest)) },
		"a stream of odd pieces":                          func(*testing.T) io.Reader { return iotest.HalfReader(stream(rest)) },
		"a bytes.Buffer":                                  func(*testing.T) io.Reader { return bytes.NewBuffer(bytes.Clone(rest)) },
		"a pipe": func(t *testing.T) io.Reader {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			var writing sync.WaitGroup
			writing.Go(func() {
				_, _ = w.Write(rest)
				w.Close()
			})
			t.Cleanup(func() { r.Close(); writing.Wait() })
			return r
		},
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			s := newService(t, wamediax.WithSpoolMemory(mebi))
			up, err := s.client.UploadMedia(t.Context(), source(t), whatsmeow.MediaDocument, wamediax.WithMediaKey(key32))
			require.NoError(t, err)
			require.Equal(t, wantInfo.FileEncSHA256, up.FileEncSHA256)
			require.Equal(t, wantInfo.FileSHA256, up.FileSHA256)
			require.Equal(t, uint64(len(rest)), up.FileLength)
			require.Equal(t, key32, up.MediaKey)
			require.Equal(t, int64(len(want)), up.BytesSent)
			object, ok := s.Object(up.DirectPath)
			require.True(t, ok)
			require.True(t, bytes.Equal(want, object.Data))
			requireNoTempFiles(t)
		})
	}
}

var key32 = []byte("0123456789abcdef0123456789abcdef")

// sized has ReadAt and Size, and its Read must not be used.
type sized struct{ at *bytes.Reader }

func (s sized) Read([]byte) (int, error)                   { return 0, errors.New("it was read as a stream") }
func (s sized) ReadAt(p []byte, offset int64) (int, error) { return s.at.ReadAt(p, offset) }
func (s sized) Size() int64                                { return s.at.Size() }

func TestSourcesPositionStaysWhereItWas(t *testing.T) {
	s := newService(t)
	file := fileOf(t, content(1000))
	_, err := file.Seek(10, io.SeekStart)
	require.NoError(t, err)
	_, err = s.client.UploadMedia(t.Context(), file, whatsmeow.MediaImage)
	require.NoError(t, err)
	position, err := file.Seek(0, io.SeekCurrent)
	require.NoError(t, err)
	require.Equal(t, int64(10), position)
}

func TestStreamIsSpooledInMemoryUpToTheLimitAndThenInAFile(t *testing.T) {
	for name, limit := range map[string]int64{"in memory": 8 * mebi, "in a file": 1 * mebi, "in a file from the first byte on": 0} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, wamediax.WithSpoolMemory(limit))
			s.inject("", uploads, 1, wamediaxtest.HangUp(mebi))
			data := content(3 * mebi)
			up, err := s.client.UploadMedia(t.Context(), stream(data), whatsmeow.MediaVideo)
			require.NoError(t, err)
			require.True(t, up.Resumed)
			got, err := s.receiver(t).Download(t.Context(), up.VideoMessage())
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
			requireNoTempFiles(t)
		})
	}
}

func TestCutOf16MiBCostsNoByteTwice(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, 1, wamediaxtest.HangUp(16*mebi*6/10))
	data := content(16 * mebi)
	up, err := s.client.UploadMedia(t.Context(), fileOf(t, data), whatsmeow.MediaVideo)
	require.NoError(t, err)
	require.LessOrEqual(t, s.Received(), int64(16*mebi+64*kibi))
	got, err := s.receiver(t).Download(t.Context(), up.VideoMessage())
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestEmptyFileIsAnObjectOf26Bytes(t *testing.T) {
	s := newService(t)
	for name, src := range map[string]io.Reader{"file": fileOf(t, nil), "stream": stream(nil)} {
		t.Run(name, func(t *testing.T) {
			up, err := s.client.UploadMedia(t.Context(), src, whatsmeow.MediaDocument)
			require.NoError(t, err)
			object, ok := s.Object(up.DirectPath)
			require.True(t, ok)
			require.Equal(t, int64(26), object.Size)
			got, err := s.receiver(t).Download(t.Context(), up.DocumentMessage())
			require.NoError(t, err)
			require.Empty(t, got)
		})
	}
}

func TestProductImageGoesAsItIs(t *testing.T) {
	s := newService(t)
	data := content(50_000)
	for name, src := range map[string]io.Reader{"in place": bytes.NewReader(data), "stream": stream(data), "large stream": stream(content(9 * mebi))} {
		t.Run(name, func(t *testing.T) {
			up, err := s.client.UploadMedia(t.Context(), src, wamediax.MediaProductImage)
			require.NoError(t, err)
			object, ok := s.Object(up.DirectPath)
			require.True(t, ok)
			require.Equal(t, "/product/image", object.UploadPath)
			require.Equal(t, up.FileSHA256, object.SHA256[:])
			require.Nil(t, up.MediaKey)
			require.Nil(t, up.FileEncSHA256)
			require.True(t, up.MediaKeyTimestamp.IsZero())
			require.Nil(t, up.ImageMessage().MediaKeyTimestamp)
			requireNoTempFiles(t)
		})
	}
	_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), wamediax.MediaProductImage, wamediax.WithMediaKey(key32))
	require.ErrorIs(t, err, streamenc.ErrNotEncrypted)
}

func TestSidecarIsThereForAudioAndVideoUnlessToldOtherwise(t *testing.T) {
	s := newService(t)
	data := content(200_000)
	_, info, err := streamenc.EncryptBytes(data, whatsmeow.MediaVideo, streamenc.WithKey(key32), streamenc.WithSidecar(true))
	require.NoError(t, err)
	for name, src := range map[string]func() io.Reader{
		"in place": func() io.Reader { return bytes.NewReader(data) },
		"stream":   func() io.Reader { return stream(data) },
	} {
		t.Run(name, func(t *testing.T) {
			up, err := s.client.UploadMedia(t.Context(), src(), whatsmeow.MediaVideo, wamediax.WithMediaKey(key32))
			require.NoError(t, err)
			require.Equal(t, info.Sidecar, up.StreamingSidecar)
			require.Equal(t, info.Sidecar, up.VideoMessage().StreamingSidecar)
			up, err = s.client.UploadMedia(t.Context(), src(), whatsmeow.MediaAudio)
			require.NoError(t, err)
			require.Len(t, up.AudioMessage().StreamingSidecar, 40)
			up, err = s.client.UploadMedia(t.Context(), src(), whatsmeow.MediaVideo, wamediax.WithSidecar(false))
			require.NoError(t, err)
			require.Nil(t, up.StreamingSidecar)
			up, err = s.client.UploadMedia(t.Context(), src(), whatsmeow.MediaDocument)
			require.NoError(t, err)
			require.Nil(t, up.StreamingSidecar)
		})
	}
}

func TestErrorsReachTheCallerTyped(t *testing.T) {
	onlyHost := wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: "one.cdn.test"}}}
	tests := []struct {
		name    string
		arrange func(*service)
		src     io.Reader
		opts    []wamediax.UploadOption
		want    error
		text    string
	}{
		{name: "no hosts", arrange: func(s *service) { s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{}}) }, want: cdn.ErrNoHosts},
		{name: "413 from each host", arrange: func(s *service) { s.inject("", uploads, -1, wamediaxtest.Status(413)) }, want: cdn.ErrTooLarge, text: "media-2.cdn.test"},
		{name: "a broken answer", arrange: func(s *service) {
			s.SetMediaConn(onlyHost)
			s.inject("", 0, -1, wamediaxtest.Answer(200, `{"url":`))
		}, want: resume.ErrBadAnswer, text: "one.cdn.test"},
		{name: "an answer of 1 GiB", arrange: func(s *service) {
			s.SetMediaConn(onlyHost)
			s.inject("", 0, -1, wamediaxtest.HugeAnswer(1<<30))
		}, want: resume.ErrBadAnswer, text: "one.cdn.test"},
		{name: "a key of 31 bytes", opts: []wamediax.UploadOption{wamediax.WithMediaKey(key32[:31])}, want: streamenc.ErrKeySize},
		{name: "a key of no bytes", opts: []wamediax.UploadOption{wamediax.WithMediaKey(nil)}, want: streamenc.ErrKeySize},
		{name: "a stream that fails half-way", src: io.MultiReader(stream(content(100_000)), iotest.ErrReader(errDisk)), want: errDisk},
		{name: "a file that fails half-way", src: failsFrom{bytes.NewReader(content(100_000)), 60_000}, want: errDisk},
		{name: "a file that is shorter than it says", src: claims{bytes.NewReader(content(100_000)), 200_000}, want: io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t, shortPauses, fewAttempts)
			if test.arrange != nil {
				test.arrange(s)
			}
			src := test.src
			if src == nil {
				src = bytes.NewReader(content(10_000))
			}
			up, err := s.client.UploadMedia(t.Context(), src, whatsmeow.MediaDocument, test.opts...)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.Nil(t, up)
			s.requireNoSecrets(t, err.Error())
			require.NotContains(t, err.Error(), string(key32[:31]))
			requireNoTempFiles(t)
		})
	}
}

func TestUnknownMediaTypeIsWhatsmeowsError(t *testing.T) {
	s := newService(t)
	for _, mediaType := range []whatsmeow.MediaType{"", "WhatsApp Hologram Keys"} {
		_, err := s.client.UploadMedia(t.Context(), stream(nil), mediaType)
		require.ErrorIs(t, err, whatsmeow.ErrUnknownMediaType)
	}
	require.Zero(t, s.MediaConnQueries())
}

func TestDirectoryAsSourceIsAnError(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer dir.Close()
	s := newService(t)
	_, err = s.client.UploadMedia(t.Context(), dir, whatsmeow.MediaDocument)
	require.ErrorContains(t, err, "is a directory")
}

var errDisk = errors.New("the disk is on fire")

// failsFrom fails to read anything from an offset on.
type failsFrom struct {
	*bytes.Reader
	offset int64
}

func (f failsFrom) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > f.offset {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, offset)
}

// claims to be larger than it is.
type claims struct {
	*bytes.Reader
	size int64
}

func (c claims) Size() int64 { return c.size }
func (c claims) Len() int    { return int(c.size) }

func TestSourceThatChangesBetweenHashingAndSendingIsNoticed(t *testing.T) {
	s := newService(t)
	data := content(3 * mebi)
	changed := false
	_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), whatsmeow.MediaVideo, wamediax.WithProgress(func(p wamediax.Progress) {
		if p.Stage == wamediax.Uploading && !changed {
			changed = true
			data[2*mebi] ^= 1
		}
	}))
	require.ErrorIs(t, err, streamenc.ErrSourceChanged)
	require.ErrorIs(t, err, resume.ErrSource)
	require.LessOrEqual(t, s.Received(), int64(2*mebi), "a changed MiB has left")
}

func TestProductImageThatChangesWhileItIsSentIsNoticed(t *testing.T) {
	s := newService(t)
	data := content(100_000)
	original := data[50_000]
	_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), wamediax.MediaProductImage, wamediax.WithProgress(func(p wamediax.Progress) {
		if p.Stage == wamediax.Uploading && p.Done == 0 {
			data[50_000] = ^original
		}
	}))
	require.ErrorIs(t, err, streamenc.ErrSourceChanged)
}

func TestFullDiskIsTheCallersErrorAndLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent")
	s := newService(t, wamediax.WithSpoolMemory(1000))
	_, err := s.client.UploadMedia(t.Context(), stream(content(100_000)), whatsmeow.MediaVideo)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "spool")
	require.Empty(t, s.Requests())
}

func TestCancelledUploadReturnsAtOnce(t *testing.T) {
	cause := errors.New("the bot is told to stop")
	// Each returns a function that waits until the upload is in the situation.
	situations := map[string]func(*service) (reached func(context.Context)){
		"while the host takes nothing more": func(s *service) func(context.Context) {
			s.inject("", uploads, -1, wamediaxtest.StopReading(1000))
			return s.waitHeld
		},
		"while the host does not answer": func(s *service) func(context.Context) {
			s.inject("", uploads, -1, wamediaxtest.AnswerAfter(make(chan struct{})))
			return s.waitHeld
		},
		"while media_conn is not answered": func(s *service) func(context.Context) {
			asked := make(chan struct{})
			s.SetMediaConn(wamediaxtest.MediaConn{Node: func() (none waBinary.Node) { close(asked); return none }})
			return func(context.Context) { <-asked }
		},
	}
	for name, arrange := range situations {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			reached := arrange(s)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var cancelled time.Time
			var watching sync.WaitGroup
			watching.Go(func() {
				reached(t.Context())
				cancelled = time.Now()
				cancel(cause)
			})
			_, err := s.client.UploadMedia(ctx, bytes.NewReader(content(6*mebi)), whatsmeow.MediaVideo)
			returned := time.Now()
			watching.Wait()
			require.ErrorIs(t, err, cause)
			require.Less(t, returned.Sub(cancelled), prompt)
		})
	}
	t.Run("while the source is read", func(t *testing.T) {
		s := newService(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		left := 0
		_, err := s.client.UploadMedia(ctx, readerFunc(func(p []byte) (int, error) {
			if left++; left == 100 {
				cancel(cause)
			}
			require.LessOrEqual(t, left, 100, "it reads on")
			return len(p), nil
		}), whatsmeow.MediaVideo)
		require.ErrorIs(t, err, cause)
		requireNoTempFiles(t)
	})
}

func TestManyUploadsShareOneMediaConn(t *testing.T) {
	s := newService(t)
	const many = 50
	upload := func() {
		var uploading sync.WaitGroup
		for i := range many {
			uploading.Go(func() {
				_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(10_000+i)), whatsmeow.MediaImage)
				if err != nil {
					t.Error(err)
				}
			})
		}
		uploading.Wait()
	}
	upload()
	require.Equal(t, 1, s.MediaConnQueries())
	s.RefuseTokens()
	upload()
	require.Equal(t, 2, s.MediaConnQueries(), "the stale token was not refreshed once for all")
}

func TestProgressTellsStagesAttemptsAndTheEnd(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, 1, wamediaxtest.HangUp(2*mebi))
	data := content(4 * mebi)
	var seen []wamediax.Progress
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), whatsmeow.MediaVideo, wamediax.WithProgress(func(p wamediax.Progress) { seen = append(seen, p) }))
	require.NoError(t, err)
	size := streamenc.EncryptedSize(int64(len(data)))
	require.Equal(t, wamediax.Encrypting, seen[0].Stage)
	for i, p := range seen[1:] {
		before := seen[i]
		require.GreaterOrEqual(t, p.Stage, before.Stage)
		require.GreaterOrEqual(t, p.Attempt, before.Attempt)
		if p.Stage == before.Stage && p.Attempt == before.Attempt {
			require.GreaterOrEqual(t, p.Done, before.Done)
		}
		if p.Stage == wamediax.Uploading {
			require.Equal(t, size, p.Total)
			require.NotEmpty(t, p.Host)
			require.Equal(t, p.Attempt > 1, p.Resumed)
		}
	}
	last := seen[len(seen)-1]
	require.Equal(t, wamediax.Progress{Stage: wamediax.Uploading, Done: size, Total: size, Host: "media-1.cdn.test", Attempt: 2, Resumed: true}, last)
	require.Less(t, len(seen), 40)
	require.GreaterOrEqual(t, up.BytesSent, size)
	require.Equal(t, "encrypting uploading downloading unknown stage", fmt.Sprint(wamediax.Encrypting, wamediax.Uploading, wamediax.Downloading, wamediax.Stage(7)))
}

func TestWhatIsLoggedHoldsNoSecrets(t *testing.T) {
	log := &logged{}
	s := newService(t)
	s.client.Log = log
	s.inject("", uploads, 1, wamediaxtest.HangUp(1000))
	s.inject("", uploads, 1, wamediaxtest.Status(500))
	_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(10_000)), whatsmeow.MediaVideo, wamediax.WithMediaKey(key32))
	require.NoError(t, err)
	require.Contains(t, log.text(), "media-1.cdn.test")
	require.NotContains(t, log.text(), string(key32))
	s.requireNoSecrets(t, log.text())
}
