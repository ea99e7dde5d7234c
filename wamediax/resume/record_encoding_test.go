package resume

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRecordWithAnyBitFlippedIsBroken(t *testing.T) {
	data, err := someRecord().MarshalBinary()
	require.NoError(t, err)
	for i := range data {
		for bit := range 8 {
			flipped := slices.Clone(data)
			flipped[i] ^= 1 << bit
			err := new(Record).UnmarshalBinary(flipped)
			require.ErrorIs(t, err, errBroken, "byte %d, bit %d", i, bit)
		}
	}
}

func TestRecordOfAnyOtherLengthIsBroken(t *testing.T) {
	data, err := someRecord().MarshalBinary()
	require.NoError(t, err)
	for n := range data {
		err := new(Record).UnmarshalBinary(data[:n])
		require.ErrorIs(t, err, errBroken, "%d bytes", n)
	}
	err = new(Record).UnmarshalBinary(append(data, '\n'))
	require.ErrorIs(t, err, errBroken)
}

func TestRecordOfAnotherVersionIsBroken(t *testing.T) {
	data, err := someRecord().MarshalBinary()
	require.NoError(t, err)
	err = new(Record).UnmarshalBinary(bytes.Replace(data, []byte("record 1 "), []byte("record 2 "), 1))
	require.ErrorIs(t, err, errBroken)
}

// Records in stores must stay readable: the first version wrote this one.
func TestRecordOfTheFirstVersionIsReadable(t *testing.T) {
	rec := new(Record)
	err := rec.UnmarshalBinary(withChecksum([]byte(`{"account":"1","media_type":"m","path":"/p","source":"AQ==","media_key":"Ag==",` +
		`"media_key_timestamp":1000,"file_sha256":"Aw==","file_enc_sha256":"BA==","file_length":5,"sidecar":"Bg==",` +
		`"mimetype":"t","sealed":"Bw==","response":{"url":"u","direct_path":"d","handle":"h","object_id":"o"},` +
		`"created":2000,"updated":3000,"expires":-62135596800000,"a field of a later version":8}`)))
	require.NoError(t, err)
	require.True(t, rec.Expires.IsZero())
	require.EqualValues(t, []int64{1000, 2000, 3000},
		[]int64{rec.MediaKeyTimestamp.UnixMilli(), rec.Created.UnixMilli(), rec.Updated.UnixMilli()})
	require.Equal(t, &Response{URL: "u", DirectPath: "d", Handle: "h", ObjectID: "o"}, rec.Response)
	require.Equal(t, []string{"1", "m", "/p", "t"}, []string{rec.Account, rec.MediaType, rec.Path, rec.Mimetype})
	require.Equal(t, [][]byte{{1}, {2}, {3}, {4}, {6}, {7}},
		[][]byte{rec.Source, rec.MediaKey.Bytes(), rec.FileSHA256, rec.FileEncSHA256, rec.Sidecar, rec.Sealed.Bytes()})
	require.EqualValues(t, 5, rec.FileLength)
}

func FuzzUnmarshalRecord(f *testing.F) {
	for _, rec := range []*Record{{}, someRecord()} {
		data, err := rec.MarshalBinary()
		require.NoError(f, err)
		_, body, _ := bytes.Cut(data, []byte("\n"))
		f.Add(data, false)
		f.Add(body, true)
	}
	f.Add([]byte(`{"expires":9223372036854775807,"created":-9223372036854775808,"path":"\ud800"}`), true)
	f.Fuzz(func(t *testing.T, data []byte, sum bool) {
		if sum {
			data = withChecksum(data) // otherwise the fuzzer would never get past the checksum
		}
		rec := new(Record)
		err := rec.UnmarshalBinary(data)
		if err != nil {
			require.ErrorIs(t, err, errBroken)
			return
		}
		again, err := rec.MarshalBinary()
		if err != nil {
			require.Greater(t, len(data), MaxRecordSize/8, "decoded, but not encoded again")
			return
		}
		same := new(Record)
		err = same.UnmarshalBinary(again)
		require.NoError(t, err)
		require.Equal(t, rec, same)
	})
}

// someRecord returns a record with every field set.
func someRecord() *Record {
	at := time.UnixMilli(time.Now().UnixMilli()).UTC()
	return &Record{
		Account:           "491700000000",
		MediaType:         "WhatsApp Video Keys",
		Path:              "/mms/video",
		Source:            []byte{0, 1, 2, 0xff, '\n'},
		MediaKey:          SecretOf(bytes.Repeat([]byte{0xab}, 32)),
		MediaKeyTimestamp: at.Add(-time.Minute),
		FileSHA256:        bytes.Repeat([]byte{1}, 32),
		FileEncSHA256:     bytes.Repeat([]byte{2}, 32),
		FileLength:        5 << 30,
		Sidecar:           []byte{3, 4, 5},
		Mimetype:          "video/mp4",
		Note:              []byte(`{"width":640}`),
		Sealed:            SecretOf(bytes.Repeat([]byte{0xcd}, 1000)),
		Response:          &Response{URL: "https://cdn.test/v/x?a=1&b=<2>", DirectPath: "/v/x", Handle: "handle", ObjectID: "id"},
		Created:           at.Add(-time.Hour),
		Expires:           at.Add(time.Hour),
	}
}
