package wamediax_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var (
	chaosUploads = flag.Int("chaos.uploads", 160, "how many uploads the chaos test makes")
	chaosSeed    = flag.Uint64("chaos.seed", 1, "what the chaos test's choices begin with")
)

// TestChaos uploads media of all sizes from sources of all kinds, many at once and with restarts in
// between, through hosts that do all that the service knows to do wrong, while tokens go stale.
// Every fault is limited to some requests, and the refusals that are final for a host to one host:
// some host would always serve, so no upload may fail.
//
// The bytes that came are accounted for object by object. Allowed are its size, once, or once for
// each host that was sent some of it where hosts do not share what they know of partial uploads; 64
// KiB for each request that was cut; and its size once more where a probe lied (404 for what the
// host holds, or an offset that is wrong), where a host lost what it held, or where two probes
// failed, for then nobody can know what a host holds. Bytes that the service read only to throw
// them away, because it refused the request for its status or its token, are not of the object. A
// program that is stopped is started again once what it had on the wire has arrived.
func TestChaos(t *testing.T) {
	for _, shared := range []bool{true, false} {
		t.Run(fmt.Sprintf("partial uploads shared among hosts: %t", shared), func(t *testing.T) {
			n := *chaosUploads / 2
			if testing.Short() {
				n = min(n, 50)
			}
			(&chaos{T: t, random: rand.New(rand.NewPCG(*chaosSeed, 0)), shared: shared}).run(n)
		})
	}
}

type chaos struct {
	*testing.T
	s      *service
	random *rand.Rand
	shared bool
	hosts  []string
	store  resume.Store
	client *wamediax.Client
	dir    string

	seen  int             // requests that are accounted for
	lies  int             // of hosts, in this batch: about what they hold, or the loss of that
	plain map[string]bool // contents of this batch that are sent as they are: without a key, two equal ones are one object
}

// chaosBatch is how many uploads are made between two looks at the service.
const chaosBatch = 40

func (c *chaos) run(n int) {
	c.s = newService(c.T)
	c.s.SharePartials(c.shared)
	c.s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{
		{Name: "one.cdn.test", FallbackName: "one-again.cdn.test"}, {Name: "two.cdn.test"}, {Name: "three.cdn.test", Fallback: true},
	}})
	c.hosts = []string{"", "one.cdn.test", "two.cdn.test", "one-again.cdn.test", "three.cdn.test"}
	c.store = fileStore(c.T)
	c.dir = c.TempDir()
	c.client = c.restarted()
	c.Logf("%d uploads, seed %d", n, *chaosSeed)
	for n > 0 {
		batch := min(n, chaosBatch)
		c.batch(batch)
		n -= batch
	}
}

func (c *chaos) restarted() *wamediax.Client {
	return wamediax.Wrap(c.s.client.Client,
		wamediax.WithHTTPClient(c.s.HTTPClient()), wamediax.WithResumeStore(c.store), wamediax.WithSpoolMemory(256*kibi),
		wamediax.WithThreshold(300*kibi), wamediax.WithBackoff(time.Millisecond, 20*time.Millisecond),
		wamediax.WithStallTimeout(2*time.Second), wamediax.WithAnswerTimeout(2*time.Second))
}

// chaosUpload is one upload of a batch, with the choices made for it beforehand.
type chaosUpload struct {
	name      string
	data      []byte
	open      func() io.Reader
	mediaType whatsmeow.MediaType
	cancelAt  int64 // bytes of the object after which the first try is cancelled; 0: never
	cancelled bool
	drop      bool // the socket, when the upload begins
	got       *wamediax.Uploaded
	err       error
}

func (c *chaos) batch(n int) {
	c.s.ClearFaults()
	c.s.CheckOffsets([]int{400, 409, 412, 416}[c.random.IntN(4)])
	c.lies, c.plain = 0, make(map[string]bool)
	// A token for everyone; one of the uploads then makes it stale. No upload meets two stale ones
	// in a row.
	_, err := c.client.UploadMedia(c.Context(), stream(nil), whatsmeow.MediaImage)
	require.NoError(c, err)
	if c.random.IntN(5) == 0 {
		c.early()
	}
	uploads := make([]*chaosUpload, n)
	for i := range uploads {
		uploads[i] = c.choose()
	}
	stale := c.random.IntN(n)
	c.atOnce(uploads, func(i int, up *chaosUpload) {
		c.inject()
		if up.drop {
			c.s.DropConnections()
		}
		if i == stale {
			c.s.RefuseTokensWith(401 + 2*c.random.IntN(2))
		}
		if c.random.IntN(10) == 0 {
			c.client = c.restarted()
		}
	}, func(client *wamediax.Client, up *chaosUpload) {
		ctx, cancel := context.WithCancel(c.Context())
		defer cancel()
		up.try(ctx, client, func(p wamediax.Progress) {
			if up.cancelAt > 0 && p.Stage == wamediax.Uploading && p.Done >= up.cancelAt {
				up.cancelled = true
				cancel()
			}
		})
	})
	require.NoError(c, c.s.WaitFor(c.Context(), func(requests []wamediaxtest.Request) bool {
		return !slices.ContainsFunc(requests[c.seen:], func(request wamediaxtest.Request) bool { return !request.Done })
	}))
	c.client = c.restarted()
	c.atOnce(uploads, func(int, *chaosUpload) {}, func(client *wamediax.Client, up *chaosUpload) {
		if up.cancelled && up.err != nil {
			up.try(c.Context(), client, func(wamediax.Progress) {})
		}
	})
	c.check(uploads)
}

// early uploads through a host that answers before it has read. Only what is larger than the
// buffers between here and there shows that: it is the only upload under way, so that no other one
// meets that host.
func (c *chaos) early() {
	c.s.Inject(c.hosts[c.random.IntN(len(c.hosts))], wamediaxtest.Fault{On: uploads, Do: wamediaxtest.FalseSuccess(c.random.Int64N(2 * mebi))})
	up, err := c.client.UploadMedia(c.Context(), stream(make([]byte, 20*mebi)), whatsmeow.MediaDocument)
	require.NoError(c, err)
	c.s.requireThere(c.T, up)
	c.s.Forget(up.DirectPath, 404) // memory
	c.s.ClearFaults()
}

// atOnce does something with all uploads, eight at a time, each time after a word with the one who
// has the dice.
func (c *chaos) atOnce(uploads []*chaosUpload, before func(i int, up *chaosUpload), do func(client *wamediax.Client, up *chaosUpload)) {
	var working sync.WaitGroup
	limit := make(chan struct{}, 8)
	for i, up := range uploads {
		limit <- struct{}{}
		before(i, up)
		client := c.client
		working.Go(func() {
			defer func() { <-limit }()
			do(client, up)
		})
	}
	working.Wait()
}

func (c *chaos) choose() *chaosUpload {
	size := c.random.IntN(64 * kibi)
	switch c.random.IntN(8) {
	case 0:
		size = c.random.IntN(40)
	case 1, 2:
		size = c.random.IntN(3 * mebi)
	}
	up := &chaosUpload{data: make([]byte, size), name: fmt.Sprintf("%x", c.random.Uint64())}
	_, _ = rand.NewChaCha8([32]byte(fmt.Appendf(nil, "%032x", c.random.Uint64()))).Read(up.data)
	switch c.random.IntN(4) {
	case 0:
		path := filepath.Join(c.dir, up.name)
		require.NoError(c, os.WriteFile(path, up.data, 0o600))
		up.open = func() io.Reader {
			file, err := os.Open(path)
			require.NoError(c, err)
			return file
		}
	case 1:
		up.open = func() io.Reader { return stream(up.data) }
	default:
		up.open = func() io.Reader { return bytes.NewReader(up.data) }
	}
	up.mediaType = []whatsmeow.MediaType{
		whatsmeow.MediaImage, whatsmeow.MediaVideo, whatsmeow.MediaDocument, wamediax.MediaProductImage,
	}[c.random.IntN(4)]
	if up.mediaType == wamediax.MediaProductImage {
		if c.plain[string(up.data)] {
			up.mediaType = whatsmeow.MediaImage
		}
		c.plain[string(up.data)] = true
	}
	if c.random.IntN(5) == 0 {
		up.cancelAt = 1 + c.random.Int64N(int64(size)+100)
	}
	up.drop = c.random.IntN(50) == 0
	return up
}

// inject makes a host misbehave on some requests to come, or leaves it.
func (c *chaos) inject() {
	if c.random.IntN(3) == 0 {
		return
	}
	host := c.hosts[c.random.IntN(len(c.hosts))]
	fault := wamediaxtest.Fault{On: uploads, Times: 1 + c.random.IntN(2)}
	after := c.random.Int64N(200 * kibi)
	switch c.random.IntN(20) {
	case 14:
		fault.Do = wamediaxtest.LateBytes(after, 1+c.random.Int64N(100*kibi))
	case 15:
		fault.On, fault.Times, fault.Do = probes, 1, wamediaxtest.ForgetPartial()
		c.lies++
	case 16:
		fault.On, fault.Times, fault.Do = probes, 1, wamediaxtest.FalseOffset(1+after)
		c.lies++
	case 17: // rarely: over HTTP/2 it costs a timeout
		fault.Do = wamediaxtest.HangUp(after)
		if c.random.IntN(4) == 0 {
			fault.Times, fault.Do = 1, wamediaxtest.SwitchProtocols([]string{"", "x"}[c.random.IntN(2)])
		}
	case 18: // likewise
		fault.Do = wamediaxtest.LateBytes(after, 1+c.random.Int64N(100*kibi))
		if c.random.IntN(4) == 0 {
			fault.Times, fault.Do = 1, wamediaxtest.HalfAnswer(wamediaxtest.Status([]int{500, 503}[c.random.IntN(2)]))
		}
	case 19:
		fault.On, fault.Times, fault.Do = probes, 1, wamediaxtest.Answer(200, `{"resume":"99999999"}`)
		c.lies++
	case 0:
		fault.Do = wamediaxtest.Status([]int{408, 429, 500, 502, 503, 507}[c.random.IntN(6)])
	case 1:
		fault.Do = wamediaxtest.StatusRetryAfter(503, "0")
	case 2:
		host, fault.Do = "one.cdn.test", wamediaxtest.Status([]int{302, 400, 404, 413, 415}[c.random.IntN(5)])
	case 3:
		fault.On, fault.Times, fault.Do = probes, 1, wamediaxtest.Status([]int{400, 404, 500, 503}[c.random.IntN(4)])
	case 4:
		fault.On, fault.Times, fault.Do = probes, 1, wamediaxtest.HangUp(0)
	case 5:
		fault.Do = wamediaxtest.Answer(200, []string{"", "{}", "null", "<html>", `{"url":"x"}`, `{"url":"https://x/y?z","direct_path":"/y?z"}.`}[c.random.IntN(6)])
	case 6:
		fault.Do = wamediaxtest.HangUpBeforeAnswer()
	case 7: // rarely: each costs a timeout
		fault.Do = wamediaxtest.HangUp(after)
		if c.random.IntN(4) == 0 {
			fault.Times, fault.Do = 1, wamediaxtest.StopReading(after)
		}
	case 8:
		fault.Do = wamediaxtest.HangUp(0)
		if c.random.IntN(4) == 0 {
			fault.Times, fault.Do = 1, wamediaxtest.AnswerAfter(nil)
		}
	case 9:
		fault.Do = wamediaxtest.HugeAnswer(2 * mebi)
	default:
		fault.Do = wamediaxtest.HangUp(after)
	}
	c.s.Inject(host, fault)
}

func (up *chaosUpload) try(ctx context.Context, client *wamediax.Client, progress func(wamediax.Progress)) {
	src := up.open()
	if closer, ok := src.(io.Closer); ok {
		defer closer.Close()
	}
	up.got, up.err = client.UploadMedia(ctx, src, up.mediaType, wamediax.WithResumeID(up.name), wamediax.WithProgress(progress))
}

// check looks at what is on the CDN, and at what was sent to get it there.
func (c *chaos) check(done []*chaosUpload) {
	requests := c.s.Requests()[c.seen:]
	c.seen += len(requests)
	for _, up := range done {
		require.NoError(c, up.err)
		object, ok := c.s.Object(up.got.DirectPath)
		require.True(c, ok)
		want := up.data
		if up.mediaType != wamediax.MediaProductImage {
			var plaintext bytes.Buffer
			_, err := streamenc.Decrypt(&plaintext, bytes.NewReader(object.Data), up.got.MediaKey, up.mediaType, streamenc.ExpectHashes(up.got.FileEncSHA256, up.got.FileSHA256))
			require.NoError(c, err)
			require.True(c, bytes.Equal(want, plaintext.Bytes()))
		} else {
			require.True(c, bytes.Equal(want, object.Data))
		}
		c.account(up, object.Size, requests)
		c.s.Forget(up.got.DirectPath, 404) // memory
	}
	requireNoTempFiles(c)
}

func (c *chaos) account(up *chaosUpload, size int64, requests []wamediaxtest.Request) {
	hash := up.got.FileEncSHA256
	if hash == nil {
		sum := sha256.Sum256(up.data)
		hash = sum[:]
	}
	token := base64.RawURLEncoding.EncodeToString(hash)
	var received, cuts, failedProbes, lies, restarts int64
	hosts := map[string]bool{}
	before := map[string]wamediaxtest.Request{} // what the same host was asked last
	for _, request := range requests {
		if request.Query.Get("token") == token {
			last, again := before[request.Host]
			before[request.Host] = request
			resumed := last.Query.Get("file_offset") != ""
			if again && request.Kind == uploads && request.Query.Get("file_offset") == "" && (last.Kind == probes && last.Status == 200 || resumed) {
				restarts++
			}
		}
		switch {
		case request.Query.Get("token") != token:
		case request.Kind == probes:
			switch request.Status {
			case 200:
			case 400, 404:
				if hosts[request.Host] || len(hosts) > 0 && c.shared {
					lies++
				}
			default:
				failedProbes++
			}
		case request.BodyBytes > request.Dropped:
			received += request.BodyBytes - request.Dropped
			if len(hosts) > 0 {
				cuts++ // of the request before: by the service, or by the client, who had waited for too long
			}
			hosts[request.Host] = true
		}
	}
	allowed := size*(1+lies+failedProbes/2+min(restarts, int64(c.lies))) + cuts*64*kibi
	if !c.shared {
		allowed += size * int64(max(0, len(hosts)-1))
	}
	if received > allowed {
		for _, request := range requests {
			if request.Query.Get("token") == token {
				c.Logf("%s %s from %q: %d bytes, %d of them dropped, status %d", request.Kind, request.Host, request.Query.Get("bytestart"), request.BodyBytes, request.Dropped, request.Status)
			}
		}
	}
	require.LessOrEqual(c, received, allowed, "object of %d bytes: %d cuts, %d lies, %d failed probes, %d hosts", size, cuts, lies, failedProbes, len(hosts))
}
