package retry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// FuzzAnswer opens arbitrary answers: as they are, and as the plaintext of an answer under the
// right key.
func FuzzAnswer(f *testing.F) {
	envelope, err := newEnvelope(messageID, mediaKey)
	require.NoError(f, err)
	iv := make([]byte, envelope.gcm.NonceSize())
	payload, err := proto.Marshal(&waMmsRetry.MediaRetryNotification{
		StanzaID: proto.String(messageID), DirectPath: proto.String("/v/new"), Result: waMmsRetry.MediaRetryNotification_SUCCESS.Enum(),
	})
	require.NoError(f, err)
	f.Add(payload, iv)
	f.Add(payload[:len(payload)-1], iv)
	f.Add(envelope.gcm.Seal(nil, iv, payload, []byte(messageID)), iv)
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, data, iv []byte) {
		check := func(ciphertext, iv []byte) Result {
			result, err := envelope.open(ciphertext, iv)
			switch {
			case err != nil && result != Result{}:
				t.Errorf("an error with the result %v", result)
			case err == nil && (result.Status == Success) != strings.HasPrefix(result.DirectPath, "/"):
				t.Errorf("status %s with the path %q", result.Status, result.DirectPath)
			case err == nil && (result.Status < GeneralError || result.Status > DecryptionError):
				t.Errorf("unknown status %d", result.Status)
			}
			return result
		}
		check(data, iv)
		if len(iv) != envelope.gcm.NonceSize() {
			return
		}
		sealed := envelope.gcm.Seal(nil, iv, data, []byte(messageID))
		result := check(sealed, iv)
		// Every result here must be one for whatsmeow, too.
		if result.Status == Success {
			theirs, err := whatsmeow.DecryptMediaRetryNotification(&events.MediaRetry{MessageID: messageID, Ciphertext: sealed, IV: iv}, mediaKey)
			require.NoError(t, err)
			require.Equal(t, result.DirectPath, theirs.GetDirectPath())
		}
	})
}
