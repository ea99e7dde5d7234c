package socket

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"

	"github.com/coder/websocket"
	wasocket "go.mau.fi/whatsmeow/socket"
)

// frameConn splits a websocket into frames: a length of three bytes, then the data.
type frameConn struct {
	conn   net.Conn
	reader *bufio.Reader
}

// newFrameConn reads ws as one stream of bytes until ctx is done, because the boundaries of
// websocket messages have no meaning.
func newFrameConn(ctx context.Context, ws *websocket.Conn) *frameConn {
	conn := websocket.NetConn(ctx, ws, websocket.MessageBinary)
	return &frameConn{conn: conn, reader: bufio.NewReader(conn)}
}

// readHeader reads the header that a client sends once, before its first frame.
func (f *frameConn) readHeader() ([]byte, error) {
	header := make([]byte, len(wasocket.WAConnHeader))
	if _, err := io.ReadFull(f.reader, header); err != nil {
		return nil, err
	}
	if !bytes.Equal(header, wasocket.WAConnHeader) {
		return nil, fmt.Errorf("unknown connection header %x", header)
	}
	return header, nil
}

func (f *frameConn) read() ([]byte, error) {
	var size [wasocket.FrameLengthSize]byte
	if _, err := io.ReadFull(f.reader, size[:]); err != nil {
		return nil, err
	}
	data := make([]byte, int(size[0])<<16|int(size[1])<<8|int(size[2]))
	_, err := io.ReadFull(f.reader, data)
	return data, err
}

// write sends one frame as one websocket message, because whatsmeow miscounts frames that are split
// over several.
func (f *frameConn) write(data []byte) error {
	if len(data) >= wasocket.FrameMaxSize {
		return fmt.Errorf("frame of %d bytes is too large", len(data))
	}
	frame := make([]byte, 0, wasocket.FrameLengthSize+len(data))
	frame = append(frame, byte(len(data)>>16), byte(len(data)>>8), byte(len(data)))
	_, err := f.conn.Write(append(frame, data...))
	return err
}
