package socket

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	wasocket "go.mau.fi/whatsmeow/socket"
)

// framesOf returns a connection that reads data.
func framesOf(data []byte) *frameConn {
	return &frameConn{reader: bufio.NewReader(bytes.NewReader(data))}
}

func TestFrameIsReadCompletely(t *testing.T) {
	for name, test := range map[string]struct {
		data string
		want string
		err  error
	}{
		"empty":                      {"\x00\x00\x00", "", nil},
		"small":                      {"\x00\x00\x03abc", "abc", nil},
		"followed by more":           {"\x00\x00\x03abcdef", "abc", nil},
		"no input":                   {"", "", io.EOF},
		"truncated in the length":    {"\x00\x00", "", io.ErrUnexpectedEOF},
		"truncated after the length": {"\x00\x00\x03", "", io.EOF},
		"truncated in the content":   {"\x00\x01\x00abc", "", io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := framesOf([]byte(test.data)).read()
			require.ErrorIs(t, err, test.err)
			if test.err == nil {
				require.NoError(t, err)
				require.Equal(t, test.want, string(got))
			}
		})
	}
}

func TestFrameRoundTrip(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	frames := &frameConn{conn: server, reader: bufio.NewReader(client)}
	long := bytes.Repeat([]byte{7}, 70_000)
	written := make(chan error, 1)
	go func() {
		defer server.Close()
		written <- frames.write(long)
	}()
	got, err := frames.read()
	require.NoError(t, err)
	require.Equal(t, long, got)
	require.NoError(t, <-written)
	require.ErrorContains(t, frames.write(make([]byte, wasocket.FrameMaxSize)), "too large")
}

func TestConnectionStartsWithItsHeader(t *testing.T) {
	header, err := framesOf(wasocket.WAConnHeader).readHeader()
	require.NoError(t, err)
	require.Equal(t, wasocket.WAConnHeader, header)
	_, err = framesOf([]byte("GET / HTTP/1.1")).readHeader()
	require.ErrorContains(t, err, "unknown connection header 47455420")
	_, err = framesOf(wasocket.WAConnHeader[:2]).readHeader()
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// No input completes a handshake, because it cannot depend on our key.
func FuzzHandshake(f *testing.F) {
	key, err := OpenRoot()
	require.NoError(f, err)
	f.Cleanup(CloseRoot)
	identity, err := NewIdentity(key)
	require.NoError(f, err)
	header := string(wasocket.WAConnHeader)
	for _, opening := range []string{
		"", "GET / HTTP/1.1", header, header + "\x00\x00\x00", header + "\x00\x00\x02\xff\xff", header + "\x00\x00\x05\x12\x03\x0a\x01\x00",
		header + "\x00\x00\x26\x12\x24\x0a\x20" + string(bytes.Repeat([]byte{9}, 32)) + "\x12\x00\x1a\x00" + "\x00\x00\x02\x22\x00",
	} {
		f.Add([]byte(opening))
	}
	f.Fuzz(func(t *testing.T, opening []byte) {
		frames := framesOf(opening)
		frames.conn = discard{}
		_, err := identity.respond(frames)
		require.Error(t, err)
	})
}

// discard is a connection that accepts all writes.
type discard struct{ net.Conn }

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// After the handshake, every input is a stanza or an error.
func FuzzReceive(f *testing.F) {
	stanza, err := waBinary.Marshal(waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{"id": "1"}, Content: []waBinary.Node{{Tag: "ping"}}})
	require.NoError(f, err)
	for _, data := range [][]byte{stanza, {}, {0}, {2, 0x78, 0x9c}, stanza[:len(stanza)-1], []byte("0\xf80\xf8\x000")} {
		f.Add(data)
	}
	cipherOf := func(t testing.TB) *noiseCipher {
		c, err := newNoiseCipher(bytes.Repeat([]byte{1}, 32))
		require.NoError(t, err)
		return c
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sealed := cipherOf(t).seal(data, nil)
		if len(sealed) >= wasocket.FrameMaxSize {
			t.Skip()
		}
		frame := append([]byte{byte(len(sealed) >> 16), byte(len(sealed) >> 8), byte(len(sealed))}, sealed...)
		conn := &Conn{frames: framesOf(frame), fromClient: cipherOf(t)}
		node, err := conn.Receive()
		require.NotEqual(t, err == nil, node == nil)
		_, err = conn.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestFrameWithAnotherKeyIsAnError(t *testing.T) {
	sealed := make([]byte, 40)
	conn := &Conn{frames: framesOf(append([]byte{0, 0, 40}, sealed...))}
	var err error
	conn.fromClient, err = newNoiseCipher(make([]byte, 32))
	require.NoError(t, err)
	_, err = conn.Receive()
	require.ErrorContains(t, err, "failed to decrypt frame")
}
