package socket

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// Unmarshal decodes a stanza. Unlike whatsmeow's decoder, it returns an error for every malformed
// stanza: that one panics for some (readNode in binary/decoder.go, when a tag is no string).
func Unmarshal(data []byte) (node *waBinary.Node, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			node, err = nil, fmt.Errorf("the stanza is malformed: %v", reason)
		}
	}()
	if node, err = waBinary.Unmarshal(data); err != nil {
		return nil, err // the decoder returns a node even if bytes are left over
	}
	return node, nil
}
