package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const (
	liveChunks = wamediaxtest.LiveChunks
	liveEnds   = wamediaxtest.LiveEnds
)

// requireIsEncryptOf checks that the service holds what [streamenc.Encrypt] makes of data, and that
// up says so.
func (s *service) requireIsEncryptOf(t *testing.T, up *wamediax.Uploaded, data []byte, mediaType whatsmeow.MediaType) {
	t.Helper()
	object, ok := s.Object(up.DirectPath)
	require.True(t, ok, "nothing lies at the direct path")
	want, info, err := streamenc.EncryptBytes(data, mediaType, streamenc.WithKey(up.MediaKey), streamenc.WithSidecar(up.StreamingSidecar != nil))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, object.Data), "another object lies at the direct path")
	require.Equal(t, info.FileSHA256, up.FileSHA256)
	require.Equal(t, info.FileEncSHA256, up.FileEncSHA256)
	require.Equal(t, uint64(len(data)), up.FileLength)
	require.Equal(t, info.Sidecar, up.StreamingSidecar)
}

func TestLiveUploadIsByteForByteWhatEncryptMakes(t *testing.T) {
	const chunk = 128 * kibi
	for _, size := range []int{0, 1, 15, 16, 17, 64 * kibi, chunk - 27, chunk - 26, chunk - 17, chunk - 16, chunk - 1, chunk, chunk + 1, 2*chunk - 26, 5*chunk + 12345} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			s := newService(t)
			data := content(size)
			up, err := s.client.UploadLive(t.Context(), stream(data), whatsmeow.MediaAudio, wamediax.WithLiveChunk(chunk))
			require.NoError(t, err)
			s.requireIsEncryptOf(t, up, data, whatsmeow.MediaAudio)
			require.NotEmpty(t, up.StreamingSidecar)
			require.Equal(t, streamenc.EncryptedSize(int64(size)), up.BytesSent)
			require.Equal(t, up.BytesSent, s.Received())

			last := len(s.Requests()) - 1
			for i, request := range s.Requests() {
				switch {
				case i == last:
					require.Equal(t, liveEnds, request.Kind)
				case i < last-1:
					require.Equal(t, int64(chunk), request.BodyBytes)
					fallthrough
				default:
					require.Equal(t, liveChunks, request.Kind)
					require.LessOrEqual(t, request.BodyBytes, int64(chunk+10), "more than a chunk and the MAC")
				}
			}
		})
	}
}

func TestLiveUploadIsDownloadedByPlainWhatsmeow(t *testing.T) {
	s := newService(t)
	data := append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x00\x00\x00\x00\x01\x02\x03\x04\x01\x13OpusHead\x01\x01"), content(3*mebi)...)
	up, err := s.client.UploadLive(t.Context(), stream(data), whatsmeow.MediaAudio)
	require.NoError(t, err)
	require.Equal(t, "audio/ogg; codecs=opus", up.Mimetype)
	require.WithinDuration(t, time.Now(), up.MediaKeyTimestamp, time.Minute)
	require.False(t, up.Resumed)
	got, err := s.receiver(t).Download(t.Context(), up.AudioMessage())
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

// trickle is a source that gives piece after piece, each when the test says so, and stops giving
// when it would run further ahead of the service than it may.
type trickle struct {
	piece []byte
	left  int
	turn  func(given int64) // called before each piece is given
	given int64
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	r.turn(r.given)
	r.left--
	n := copy(p, r.piece)
	r.given += int64(n)
	return n, nil
}

func (r *trickle) all() []byte { return bytes.Repeat(r.piece, int(r.given)/len(r.piece)) }

// taken is how many bytes of chunks the service has taken and said so.
func (s *service) taken() (sum int64) {
	for _, request := range s.Requests() {
		if request.Kind == liveChunks && request.Done && request.Status == 200 {
			sum += request.BodyBytes
		}
	}
	return sum
}

func TestLiveUploadLeavesWhileTheSourceIsStillThere(t *testing.T) {
	s := newService(t)
	// Before each piece, the source waits until the service has all but the last chunk and a half
	// of what it gave: an upload that held more, or waited for the end, would never end itself.
	src := &trickle{piece: content(64 * kibi), left: 160, turn: func(given int64) {
		require.NoError(t, s.WaitFor(t.Context(), func([]wamediaxtest.Request) bool { return s.taken() > given-mebi-1 }))
	}}
	up, err := s.client.UploadLive(t.Context(), src, whatsmeow.MediaVideo)
	require.NoError(t, err)
	s.requireIsEncryptOf(t, up, src.all(), whatsmeow.MediaVideo)
	require.Equal(t, int64(160*64*kibi), src.given)
}

func TestLiveUploadHoldsNoMoreThanTwoChunks(t *testing.T) {
	const chunk, piece = 256 * kibi, 50_000 // which ends nowhere where a chunk does
	s := newService(t)
	answer := make(chan struct{}, 100)
	s.inject("", liveChunks, -1, wamediaxtest.AnswerAfter(answer))
	src := &trickle{piece: content(piece), left: 100}
	answered := int64(0)
	src.turn = func(given int64) {
		require.LessOrEqual(t, given-s.taken(), int64(2*chunk+64*kibi))
		// The service answers for a chunk only when the next piece is the last that two more have
		// room for. An upload that has room for a third is back for another piece before that
		// answer.
		if given+piece > (answered+2)*chunk {
			answered++
			answer <- struct{}{}
		}
		if src.left == 1 {
			close(answer)
		}
	}
	up, err := s.client.UploadLive(t.Context(), src, whatsmeow.MediaDocument, wamediax.WithLiveChunk(chunk))
	require.NoError(t, err)
	s.requireIsEncryptOf(t, up, src.all(), whatsmeow.MediaDocument)
}

func TestLiveUploadGoesOnAfterEachFaultAtEachChunk(t *testing.T) {
	const chunk = 128 * kibi
	faults := map[string]wamediaxtest.Effect{
		"hang-up at once":      wamediaxtest.HangUp(0),
		"hang-up half-way":     wamediaxtest.HangUp(chunk / 2),
		"no answer":            wamediaxtest.HangUpBeforeAnswer(),
		"stops reading":        wamediaxtest.StopReading(chunk / 2),
		"status 503":           wamediaxtest.Status(503),
		"stale token":          wamediaxtest.Status(401),
		"throttled":            wamediaxtest.StatusRetryAfter(429, "0"),
		"an answer of its own": wamediaxtest.Answer(200, "who cares"),
	}
	for name, effect := range faults {
		for at := range 5 { // four chunks, and the end
			t.Run(fmt.Sprintf("%s, request %d", name, at+1), func(t *testing.T) {
				s := newService(t, wamediax.WithAnswerTimeout(50*time.Millisecond))
				on, skip := liveChunks, at
				if at == 4 {
					on, skip = liveEnds, 0
				}
				s.Inject("", wamediaxtest.Fault{On: on, Skip: skip, Do: effect})
				data := content(3*chunk + 1000)
				up, err := s.client.UploadLive(t.Context(), stream(data), whatsmeow.MediaVideo, wamediax.WithLiveChunk(chunk))
				require.NoError(t, err)
				s.requireIsEncryptOf(t, up, data, whatsmeow.MediaVideo)
			})
		}
	}
}

func TestServiceWithoutLiveUploadsGetsAnOrdinaryOne(t *testing.T) {
	for _, size := range []int{0, 1000, 100 * kibi, 128 * kibi, 300 * kibi, 3 * mebi} {
		for _, memory := range []int64{8 * mebi, 0} {
			t.Run(fmt.Sprintf("%d bytes, %d in memory", size, memory), func(t *testing.T) {
				s := newService(t, wamediax.WithSpoolMemory(memory))
				s.inject("", liveChunks, -1, wamediaxtest.Status(404))
				data := content(size)
				src := &once{stream(data)}
				var stages []wamediax.Stage
				up, err := s.client.UploadLive(t.Context(), src, whatsmeow.MediaVideo, wamediax.WithLiveChunk(128*kibi),
					wamediax.WithProgress(func(p wamediax.Progress) { stages = append(stages, p.Stage) }))
				require.NoError(t, err)
				s.requireIsEncryptOf(t, up, data, whatsmeow.MediaVideo)
				require.Equal(t, wamediax.Uploading, stages[len(stages)-1])
				refused := 0
				for _, request := range s.Requests() {
					if request.Kind == liveChunks {
						refused++
					}
				}
				require.Equal(t, 1, refused)
				require.GreaterOrEqual(t, up.BytesSent, streamenc.EncryptedSize(int64(size)))
				requireNoTempFiles(t)
			})
		}
	}
}

// Voice messages mostly have one chunk, which is still there when the end of the live upload is
// refused.
func TestOneChunkGoesAsAnOrdinaryUploadWhereHostsRefuseItsEnd(t *testing.T) {
	situations := map[string]func(*service){
		"no host knows the end of a live upload": func(s *service) { s.inject("", liveEnds, -1, wamediaxtest.Status(404)) },
		"no host has kept the chunk":             func(s *service) { s.inject("", liveChunks, 1, wamediaxtest.Status(200)) },
		"the host with the chunk is gone, and the others do not know of it": func(s *service) {
			s.SharePartials(false)
			s.inject("media-1.cdn.test", liveEnds, -1, wamediaxtest.HangUp(0))
		},
	}
	for name, arrange := range situations {
		t.Run(name, func(t *testing.T) {
			s := newService(t, shortPauses, fewAttempts)
			arrange(s)
			data := content(100 * kibi)
			up, err := s.client.UploadLive(t.Context(), &once{stream(data)}, whatsmeow.MediaAudio)
			require.NoError(t, err)
			s.requireIsEncryptOf(t, up, data, whatsmeow.MediaAudio)
			require.Equal(t, 2*streamenc.EncryptedSize(int64(len(data))), up.BytesSent, "live, and once more")
		})
		t.Run(name+", and there shall be no spool", func(t *testing.T) {
			s := newService(t, shortPauses, fewAttempts)
			arrange(s)
			_, err := s.client.UploadLive(t.Context(), stream(content(100*kibi)), whatsmeow.MediaAudio, wamediax.WithSpoolFallback(false))
			var status *cdn.StatusError
			require.ErrorAs(t, err, &status)
			s.requireNoSecrets(t, err.Error())
		})
		t.Run(name+", and there was a second chunk", func(t *testing.T) {
			s := newService(t, shortPauses, fewAttempts)
			arrange(s)
			_, err := s.client.UploadLive(t.Context(), stream(content(100*kibi)), whatsmeow.MediaAudio, wamediax.WithLiveChunk(64*kibi))
			var status *cdn.StatusError
			require.ErrorAs(t, err, &status)
			for _, object := range s.Objects() {
				require.False(t, object.Complete)
			}
		})
	}
}

func TestOneChunkDoesNotGoTwiceWhereNoHostIsThere(t *testing.T) {
	s := newService(t, shortPauses, fewAttempts)
	s.inject("", liveEnds, -1, wamediaxtest.Status(503))
	_, err := s.client.UploadLive(t.Context(), stream(content(1000)), whatsmeow.MediaAudio)
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 503, status.StatusCode)
	for _, request := range s.Requests() {
		require.NotEqual(t, uploads, request.Kind, "another five minutes, for nothing")
	}
}

// once is a source that must not be read after its end.
type once struct{ io.Reader }

func (o *once) Read(p []byte) (int, error) {
	if o.Reader == nil {
		return 0, errors.New("read after its end")
	}
	n, err := o.Reader.Read(p)
	if err != nil {
		o.Reader = nil
	}
	return n, err
}

func TestServiceWithoutLiveUploadsIsAnErrorWhereThereShallBeNoSpool(t *testing.T) {
	s := newService(t)
	s.inject("", liveChunks, -1, wamediaxtest.Status(404))
	_, err := s.client.UploadLive(t.Context(), stream(content(3*mebi)), whatsmeow.MediaVideo, wamediax.WithSpoolFallback(false))
	require.ErrorIs(t, err, resume.ErrLiveUnsupported)
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 404, status.StatusCode)
	s.requireNoSecrets(t, err.Error())
	require.Empty(t, s.Objects())
}

func TestSpoolOfALiveUploadThatFindsNoRoomIsTheError(t *testing.T) {
	s := newService(t, wamediax.WithSpoolMemory(0))
	s.inject("", liveChunks, -1, wamediaxtest.Status(404))
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	_, err := s.client.UploadLive(t.Context(), stream(content(3*mebi)), whatsmeow.MediaVideo)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "failed to continue as an ordinary upload")
}

func TestFailedChunkEndsALiveUploadWhoseSourceGoesOn(t *testing.T) {
	s := newService(t)
	s.Inject("", wamediaxtest.Fault{On: liveChunks, Skip: 1, Times: -1, Do: wamediaxtest.Status(400)})
	var given int64
	endless := readerFunc(func(p []byte) (int, error) {
		given += int64(len(p))
		return len(p), nil
	})
	_, err := s.client.UploadLive(t.Context(), endless, whatsmeow.MediaVideo, wamediax.WithLiveChunk(64*kibi))
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 400, status.StatusCode)
	require.LessOrEqual(t, given, int64(5*64*kibi), "it was read on")
	s.requireNoSecrets(t, err.Error())
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestSourceOfALiveUploadThatFailsIsTheError(t *testing.T) {
	errMicrophone := errors.New("the microphone is gone")
	for _, size := range []int{0, 1000, 3 * mebi} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			s := newService(t)
			src := io.MultiReader(bytes.NewReader(content(size)), readerFunc(func([]byte) (int, error) { return 0, errMicrophone }))
			_, err := s.client.UploadLive(t.Context(), src, whatsmeow.MediaAudio)
			require.ErrorIs(t, err, errMicrophone)
			for _, object := range s.Objects() {
				require.False(t, object.Complete)
			}
		})
	}
	s := newService(t)
	_, err := s.client.UploadLive(t.Context(), readerFunc(func([]byte) (int, error) { return 0, nil }), whatsmeow.MediaAudio)
	require.ErrorIs(t, err, io.ErrNoProgress)
}

func TestCancelledLiveUploadReturnsWithItsCause(t *testing.T) {
	cause := errors.New("the bot is told to stop")
	endless := readerFunc(func(p []byte) (int, error) { return len(p), nil })
	situations := map[string]func(*service) io.Reader{
		"while a host does not answer": func(s *service) io.Reader {
			s.inject("", liveChunks, -1, wamediaxtest.AnswerAfter(make(chan struct{})))
			return endless
		},
		"while a host takes nothing": func(s *service) io.Reader {
			s.inject("", liveChunks, -1, wamediaxtest.StopReading(10))
			return endless
		},
		"while the end is not answered": func(s *service) io.Reader {
			s.inject("", liveEnds, -1, wamediaxtest.AnswerAfter(make(chan struct{})))
			return stream(content(1000))
		},
	}
	for name, arrange := range situations {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			src := arrange(s)
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				s.waitHeld(t.Context())
				cancel(cause)
			}()
			_, err := s.client.UploadLive(ctx, src, whatsmeow.MediaVideo)
			require.ErrorIs(t, err, cause)
		})
	}
	t.Run("while the source is silent, and ends with the context", func(t *testing.T) {
		s := newService(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		src, recorder := io.Pipe()
		context.AfterFunc(ctx, func() { recorder.Close() })
		go func() {
			_, _ = recorder.Write(content(2 * mebi))
			cancel(cause)
		}()
		_, err := s.client.UploadLive(ctx, src, whatsmeow.MediaVideo)
		require.ErrorIs(t, err, cause)
		for _, object := range s.Objects() {
			require.False(t, object.Complete, "half a recording passes for a whole one")
		}
	})
	t.Run("before it begins", func(t *testing.T) {
		s := newService(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		_, err := s.client.UploadLive(ctx, stream(content(1000)), whatsmeow.MediaVideo)
		require.ErrorIs(t, err, cause)
		require.Empty(t, s.Requests())
	})
}

func TestLiveUploadRefusesWhatCannotGoLive(t *testing.T) {
	s := newService(t)
	_, err := s.client.UploadLive(t.Context(), stream(nil), wamediax.MediaProductImage)
	require.ErrorIs(t, err, streamenc.ErrNotEncrypted)
	_, err = s.client.UploadLive(t.Context(), stream(nil), "nonsense")
	require.ErrorIs(t, err, whatsmeow.ErrUnknownMediaType)
	_, err = s.client.UploadLive(t.Context(), stream(nil), whatsmeow.MediaAudio, wamediax.WithMediaKey([]byte("short")))
	require.ErrorIs(t, err, streamenc.ErrKeySize)
	_, err = (*wamediax.Client)(nil).UploadLive(t.Context(), stream(nil), whatsmeow.MediaAudio)
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
	require.Empty(t, s.Requests())
}

func TestLiveProgressEndsWithTheObjectsSize(t *testing.T) {
	s := newService(t)
	var reports []wamediax.Progress
	var mu sync.Mutex
	_, err := s.client.UploadLive(t.Context(), stream(content(3*mebi)), whatsmeow.MediaVideo, wamediax.WithProgress(func(p wamediax.Progress) {
		mu.Lock()
		defer mu.Unlock()
		reports = append(reports, p)
	}))
	require.NoError(t, err)
	first, last := reports[0], reports[len(reports)-1]
	require.Equal(t, wamediax.Progress{Stage: wamediax.Uploading, Host: first.Host, Attempt: 1}, first)
	size := streamenc.EncryptedSize(3 * mebi)
	require.Equal(t, wamediax.Progress{Stage: wamediax.Uploading, Done: size, Total: size, Host: first.Host, Attempt: 1}, last)
}

func TestLiveUploadLogsWhyItGoesOnButNoSecrets(t *testing.T) {
	s := newService(t)
	log := new(logged)
	s.client.Log = log
	s.Inject("", wamediaxtest.Fault{On: liveChunks, Skip: 1, Do: wamediaxtest.Status(500)})
	_, err := s.client.UploadLive(t.Context(), stream(content(3*mebi)), whatsmeow.MediaVideo)
	require.NoError(t, err)
	require.Contains(t, log.text(), "Live upload continues with attempt 2 at byte 1048576")
	s.inject("", liveChunks, -1, wamediaxtest.Status(404))
	_, err = s.client.UploadLive(t.Context(), stream(content(1000)), whatsmeow.MediaVideo)
	require.NoError(t, err)
	require.Contains(t, log.text(), "Live upload continues as an ordinary one")
	s.requireNoSecrets(t, log.text())
}

func TestLiveUploadsAtOnceShareOneConnection(t *testing.T) {
	s := newService(t)
	var running sync.WaitGroup
	var ups [8]*wamediax.Uploaded
	var errs [8]error
	for i := range ups {
		running.Go(func() {
			ups[i], errs[i] = s.client.UploadLive(t.Context(), stream(content(mebi+i)), whatsmeow.MediaVideo)
		})
	}
	running.Wait()
	for i, up := range ups {
		require.NoError(t, errs[i])
		s.requireIsEncryptOf(t, up, content(mebi+i), whatsmeow.MediaVideo)
	}
	require.Equal(t, 1, s.MediaConnQueries())
}

func TestLiveUploadWithoutAMediaConnectionSaysWhy(t *testing.T) {
	s := newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Error: 403})
	endless := readerFunc(func(p []byte) (int, error) { return len(p), nil })
	_, err := s.client.UploadLive(t.Context(), endless, whatsmeow.MediaAudio)
	var refused *whatsmeow.IQError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 403, refused.Code)
	require.Empty(t, s.Requests())
}

func TestLiveChunksOfAnySizeAreMadeOnesThatCanBeSent(t *testing.T) {
	s := newService(t)
	for _, size := range []int64{math.MinInt64, -1, 0, 1, 16, 17, math.MaxInt64} {
		data := content(100)
		before := len(s.Requests())
		up, err := s.client.UploadLive(t.Context(), stream(data), whatsmeow.MediaDocument, wamediax.WithLiveChunk(size))
		require.NoError(t, err, size)
		s.requireIsEncryptOf(t, up, data, whatsmeow.MediaDocument)
		if size <= 0 { // the default
			require.Len(t, s.Requests()[before:], 2, "one chunk, and the end")
		}
	}
}
