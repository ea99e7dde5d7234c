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

// FrameConn cuts a websocket into frames: a length of three bytes, then the data.
type FrameConn struct {
	conn   net.Conn
	reader *bufio.Reader
}

// NewFrameConn reads ws as one stream of bytes until ctx is done: where a message of the websocket ends means nothing.
func NewFrameConn(ctx context.Context, ws *websocket.Conn) *FrameConn {
	conn := websocket.NetConn(ctx, ws, websocket.MessageBinary)
	return &FrameConn{conn: conn, reader: bufio.NewReader(conn)}
}

// readHeader reads the bytes with which a client opens a connection, once, before its first frame.
func (f *FrameConn) readHeader() ([]byte, error) {
	header := make([]byte, len(wasocket.WAConnHeader))
	if _, err := io.ReadFull(f.reader, header); err != nil {
		return nil, err
	}
	if !bytes.Equal(header, wasocket.WAConnHeader) {
		return nil, fmt.Errorf("unknown connection header %x", header)
	}
	return header, nil
}

// Read reads one frame.
func (f *FrameConn) Read() ([]byte, error) {
	var size [wasocket.FrameLengthSize]byte
	if _, err := io.ReadFull(f.reader, size[:]); err != nil {
		return nil, err
	}
	data := make([]byte, int(size[0])<<16|int(size[1])<<8|int(size[2]))
	_, err := io.ReadFull(f.reader, data)
	return data, err
}

// Write sends one frame as one message of the websocket: whatsmeow counts wrongly where a frame is split over several.
func (f *FrameConn) Write(data []byte) error {
	if len(data) >= wasocket.FrameMaxSize {
		return fmt.Errorf("a frame of %d bytes is too large", len(data))
	}
	frame := make([]byte, 0, wasocket.FrameLengthSize+len(data))
	frame = append(frame, byte(len(data)>>16), byte(len(data)>>8), byte(len(data)))
	_, err := f.conn.Write(append(frame, data...))
	return err
}
