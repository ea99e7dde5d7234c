package cdn

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// resumeFrom sends the object's bytes from an offset.
func (w *wire) resumeFrom(host string, data []byte, offset int) reply {
	w.t.Helper()
	r, err := w.post(host, "/mms/video", sha256.Sum256(data), bytes.NewReader(data[offset:]), "file_offset", strconv.Itoa(offset))
	require.NoError(w.t, err)
	return r
}

// breakOff starts to upload an object, and a fault cuts it off.
func (w *wire) breakOff(host string, data []byte, do Effect) {
	w.t.Helper()
	w.Inject(host, Fault{On: Uploads, Do: do})
	_, err := w.post(host, "/mms/video", sha256.Sum256(data), bytes.NewReader(data))
	require.Error(w.t, err)
}

func TestLateBytesArriveAfterTheNextProbe(t *testing.T) {
	data := someBytes(3 << 20)
	for _, after := range []int{0, 1, 100_000} {
		t.Run(fmt.Sprintf("after %d bytes", after), func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.CheckOffsets(416)
				w.breakOff(hostA, data, LateBytes(int64(after), 70_000))
				require.Equal(t, int64(after+70_000), w.last().BodyBytes)
				require.Zero(t, w.last().Status)
				held := ""
				if after > 0 {
					held = strconv.Itoa(after)
				}
				require.Equal(t, held, w.probe(hostA, "/mms/video", data))
				if after > 0 {
					require.Equal(t, 416, w.resumeFrom(hostA, data, after).StatusCode)
				}
				require.Equal(t, strconv.Itoa(after+70_000), w.probe(hostA, "/mms/video", data))
				require.Equal(t, strconv.Itoa(after+70_000), w.probe(hostA, "/mms/video", data), "only once")
				r := w.resumeFrom(hostA, data, after+70_000)
				require.Equal(t, 200, r.StatusCode)
				obj, ok := w.Object(r.answer.DirectPath)
				require.True(t, ok)
				require.True(t, bytes.Equal(data, obj.Data))
			})
		})
	}
}

func TestLateBytesOverlapWithAResumedUploadWhereOffsetsAreNotChecked(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(300_000)
		w.breakOff(hostA, data, LateBytes(100_000, 70_000))
		require.Equal(t, "100000", w.probe(hostA, "/mms/video", data))
		require.Equal(t, int64(170_000), w.Objects()[0].Size)
		require.Equal(t, 200, w.resumeFrom(hostA, data, 100_000).StatusCode)
		require.Equal(t, sha256.Sum256(data), w.Objects()[0].SHA256)
	})
}

func TestLateBytesWithTheLastOneCompleteTheObject(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.CheckOffsets(409)
		data := someBytes(300_000)
		w.breakOff(hostA, data, LateBytes(100_000, 1<<40))
		require.Equal(t, "100000", w.probe(hostA, "/mms/video", data))
		r := w.resumeFrom(hostA, data, 100_000)
		require.Equal(t, 409, r.StatusCode)
		require.Contains(t, string(r.data), "complete")
		require.Equal(t, "complete", w.probe(hostA, "/mms/video", data))
		require.Len(t, w.Objects(), 1)
		require.True(t, bytes.Equal(data, w.Objects()[0].Data))
	})
}

func TestLateBytesOfAResumedUploadArriveWhereTheyBelong(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(300_000)
		w.breakOff(hostA, data, HangUp(50_000))
		w.Inject("", Fault{On: Uploads, Do: LateBytes(50_000, 20_000)})
		_, err := w.post(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data[50_000:]), "file_offset", "50000")
		require.Error(t, err)
		require.Equal(t, "100000", w.probe(hostA, "/mms/video", data))
		require.Equal(t, sha256.Sum256(data[:120_000]), w.Objects()[0].SHA256)
	})
}

func TestLateBytesOfACompleteObjectAreIgnored(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(300_000)
		w.upload(hostA, "/mms/video", data)
		w.Inject("", Fault{On: Uploads, Do: LateBytes(50_000, 20_000)})
		_, err := w.post(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data[50_000:]), "file_offset", "50000")
		require.Error(t, err)
		require.Equal(t, "complete", w.probe(hostA, "/mms/video", data))
		require.Len(t, w.Objects(), 1)
	})
}

func TestACheckedOffsetMustBeExactlyWhatIsHeld(t *testing.T) {
	for _, status := range []int{400, 409, 412, 416} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.SharePartials(false)
				w.CheckOffsets(status)
				data := someBytes(600_000)
				w.breakOff(hostA, data, HangUp(100_000))
				require.Equal(t, status, w.resumeFrom(hostA, data, 99_999).StatusCode, "too small")
				require.Equal(t, status, w.resumeFrom(hostA, data, 100_001).StatusCode, "too large")
				require.Equal(t, status, w.resumeFrom(hostB, data, 100_000).StatusCode, "host holds nothing")
				require.Equal(t, "100000", w.probe(hostA, "/mms/video", data), "nothing changed")
				require.Equal(t, 200, w.resumeFrom(hostA, data, 100_000).StatusCode)
				require.Equal(t, status, w.resumeFrom(hostA, data, 100_000).StatusCode, "object is complete")

				other := someBytes(500_000)
				w.breakOff(hostA, other, HangUp(100_000))
				require.Equal(t, "100000", w.probe(hostA, "/mms/video", other))
				w.upload(hostA, "/mms/video", other) // from byte 0
				w.CheckOffsets(0)
				require.Equal(t, 200, w.resumeFrom(hostA, other, 7).StatusCode, "overlaps again")
			})
		})
	}
}

func TestCheckedOffsetsDoNotAffectLiveUploads(t *testing.T) {
	w := newWire(t, 1)
	w.CheckOffsets(416)
	data := someBytes(3000)
	token := [32]byte{9}
	for _, from := range []int{0, 0, 1000, 1000, 2000} {
		r, err := w.post(hostA, "/mms/audio", token, bytes.NewReader(data[from:from+1000]),
			"stream", "1", "bytestart", strconv.Itoa(from), "byteend", strconv.Itoa(from+1000))
		require.NoError(t, err)
		require.Equal(t, 200, r.StatusCode)
	}
	require.Equal(t, sha256.Sum256(data), w.Objects()[0].SHA256)
}

func TestAPartialUploadVanishesBetweenAProbeAndTheRest(t *testing.T) {
	for _, status := range []int{0, 412} {
		t.Run(fmt.Sprintf("with offsets checked by status %d", status), func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.CheckOffsets(status)
				w.SharePartials(false)
				data := someBytes(300_000)
				w.breakOff(hostA, data, HangUp(100_000))
				w.breakOff(hostB, data, HangUp(50_000))
				w.Inject(hostA, Fault{On: Probes, Do: ForgetPartial()})
				require.Equal(t, "100000", w.probe(hostA, "/mms/video", data))
				want := 400
				if status != 0 {
					want = status
				}
				require.Equal(t, want, w.resumeFrom(hostA, data, 100_000).StatusCode)
				require.Empty(t, w.probe(hostA, "/mms/video", data))
				require.Equal(t, "50000", w.probe(hostB, "/mms/video", data), "another host keeps its own")
				w.upload(hostA, "/mms/video", data)
				w.Inject(hostA, Fault{On: Probes, Do: ForgetPartial()})
				require.Equal(t, "complete", w.probe(hostA, "/mms/video", data))
				require.Equal(t, "complete", w.probe(hostA, "/mms/video", data), "whole objects stay")
			})
		})
	}
}
