package resume_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func hashOf(data []byte) []byte {
	hash := sha256.Sum256(data)
	return hash[:]
}

// A host has more or less than it reported when probed, and refuses an offset that was right then.
func TestRefusedOffsetDoesNotRefuseTheObject(t *testing.T) {
	data := content(1_000_000)
	for name, arrange := range map[string]func(*service){
		"late bytes of the broken connection": func(s *service) {
			s.inject("", uploads, 1, wamediaxtest.LateBytes(400_000, 100_000))
		},
		"late bytes, twice": func(s *service) {
			s.inject("", uploads, 2, wamediaxtest.LateBytes(200_000, 100_000))
		},
		"a part that expires after the probe": func(s *service) {
			s.inject("", uploads, 1, wamediaxtest.HangUp(400_000))
			s.inject("", probes, 1, wamediaxtest.ForgetPartial())
		},
		"a probe that is wrong": func(s *service) {
			s.inject("", uploads, 1, wamediaxtest.HangUp(400_000))
			s.inject("", probes, 1, wamediaxtest.FalseOffset(300_000))
		},
		"two probes in a row that are wrong": func(s *service) {
			s.inject("", uploads, 1, wamediaxtest.HangUp(400_000))
			s.inject("", probes, 2, wamediaxtest.FalseOffset(300_000))
		},
	} {
		for _, status := range []int{400, 409, 412, 416} {
			for _, hosts := range [][]cdn.Host{{{Name: "one.cdn.test"}}, twoHostsAndFallback} {
				t.Run(fmt.Sprintf("%s, %d, %d hosts", name, status, len(hosts)), func(t *testing.T) {
					s := newService(t, hosts...)
					s.CheckOffsets(status)
					arrange(s)
					resp, err := s.uploader(resume.WithMaxAttempts(1)).Upload(t.Context(), objectOf(data), nil)
					require.NoError(t, err)
					s.requireHolds(t, resp, data)
					require.Equal(t, "one.cdn.test", resp.Host)
				})
			}
		}
	}
}

func TestRefusedOffsetLeadsToAProbeThenToByteZeroThenToTheNextHost(t *testing.T) {
	s := newService(t)
	s.SharePartials(false)
	s.CheckOffsets(416)
	s.inject("one.cdn.test", uploads, 1, wamediaxtest.HangUp(400_000))
	s.inject("one.cdn.test", probes, -1, wamediaxtest.FalseOffset(300_000))
	s.Inject("one.cdn.test", wamediaxtest.Fault{On: uploads, Skip: 2, Do: wamediaxtest.Status(416)})
	data := content(1_000_000)
	resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	var steps []string
	for _, request := range s.Requests() {
		steps = append(steps, fmt.Sprintf("%s %s %s", request.Host, request.Kind, offsetOf(request)))
	}
	require.Equal(t, []string{
		"one.cdn.test Uploads 0",
		"one.cdn.test Probes 0", "one.cdn.test Uploads 300000",
		"one.cdn.test Probes 0", "one.cdn.test Uploads 300000",
		"one.cdn.test Uploads 0",
		"two.cdn.test Probes 0", "two.cdn.test Uploads 0",
	}, steps)
}

// If hosts refuse the token of two probes in a row, they would refuse the whole object as well.
func TestRefusedProbesDoNotSendTheWholeObject(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, 1, wamediaxtest.HangUp(4_000_000))
	s.inject("", probes, 2, wamediaxtest.Status(401))
	data := content(5_000_000)
	resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Less(t, s.Received(), int64(5_100_000))
	require.Len(t, s.issued(), 2)
}

// Bytes that were sent are no progress: hosts that confirm none get a limited number of requests
// before a pause.
func TestHostsThatHangUpAreNotFlooded(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads|probes, -1, wamediaxtest.HangUp(0))
			obj := objectOf(content(4 * mebi))
			// The first pause exceeds the time limit.
			_, err := s.uploader(resume.WithHTTPClient(speaking(s, proto)), resume.WithMaxAttempts(0),
				resume.WithBackoff(time.Hour, time.Hour)).Upload(t.Context(), obj, nil)
			s.requireNoSecrets(t, err, obj)
			require.ErrorIs(t, err, cdn.ErrUnreachable)
			require.LessOrEqual(t, len(s.requests(uploads)), 2*3, "each host is tried twice at most")
			require.LessOrEqual(t, len(s.requests(probes)), 2*3)
		})
	}
}

func TestRetryAfterOfOneHostDelaysNoOther(t *testing.T) {
	s := newService(t)
	s.inject("one.cdn.test", uploads, -1, wamediaxtest.StatusRetryAfter(503, "20"))
	data := content(1000)
	resp, err := s.uploader(resume.WithMaxElapsed(0)).Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, "two.cdn.test", resp.Host)
}
