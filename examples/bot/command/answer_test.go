package command

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// Some sentinel errors wrap others, so the order of the cases matters.
func TestTheChatLearnsTheMostSpecificReason(t *testing.T) {
	for want, err := range map[string]error{
		"It is not a JPEG, PNG or WebP picture.":                           productimg.ErrFormat,
		"The picture is incomplete.":                                       productimg.ErrTruncated,
		"The picture has too many pixels.":                                 productimg.ErrTooManyPixels,
		"The server at example.com answered: Not Found.":                   &safehttp.Error{Host: "example.com", Err: &safehttp.StatusError{Code: 404}},
		"The server compressed the file although the bot asked it not to.": &safehttp.Error{Host: "example.com", Err: safehttp.ErrCompressed},
		"That failed. The bot's log has the reason.":                       errors.New("disk failed"),
	} {
		require.Equal(t, want, explain(fmt.Errorf("failed: %w", err), time.Hour))
	}
}
