package socket

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// Unmarshal decodes a stanza. It returns an error for every malformed stanza, while whatsmeow's
// decoder panics on some (readNode in binary/decoder.go, if a tag is not a string).
func Unmarshal(data []byte) (node *waBinary.Node, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			node, err = nil, fmt.Errorf("malformed stanza: %v", reason)
		}
	}()
	if node, err = waBinary.Unmarshal(data); err != nil {
		return nil, err // the decoder also returns a node if bytes are left over
	}
	return node, nil
}
