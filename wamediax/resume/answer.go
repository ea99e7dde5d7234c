package resume

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// maxAnswer bounds what is read of an answer, in bytes. Real ones have some hundred.
const maxAnswer = 1 << 20

// answer is what the CDN says to an upload or a probe. It is untrusted.
type answer struct {
	Resume     json.RawMessage `json:"resume"` // a probe's: "complete" or a decimal offset
	URL        string          `json:"url"`
	DirectPath string          `json:"direct_path"`
	Handle     string          `json:"handle"`
	ObjectID   string          `json:"object_id"`
	FBID       json.RawMessage `json:"fbid"` // a number or a string of digits
	MetaHMAC   string          `json:"meta_hmac"`
	Timestamp  json.RawMessage `json:"ts"` // seconds since 1970, likewise

	// What nobody needs may have any form, and then is not there.
	Thumbnail   json.RawMessage `json:"thumbnail_info"`
	MetadataURL json.RawMessage `json:"metadata_url"`
}

// parseAnswer takes one JSON value and nothing behind it.
func parseAnswer(body []byte) (*answer, error) {
	ans := new(answer)
	if err := json.Unmarshal(body, ans); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	return ans, nil
}

// located checks that the answer names the object as it should.
func (ans *answer) located(naming Naming) error {
	missing := ""
	if naming == ByFBID {
		switch {
		case strings.Trim(digits(ans.FBID), "0") == "":
			missing = "fbid"
		case ans.MetaHMAC == "":
			missing = "meta_hmac"
		case ans.timestamp() <= 0:
			missing = "ts"
		}
	} else {
		switch {
		case ans.URL == "" && naming == ByURL:
			missing = "url"
		case !strings.HasPrefix(ans.DirectPath, "/"):
			missing = "direct_path"
		}
	}
	if missing != "" {
		return fmt.Errorf("%w: no %s", ErrBadAnswer, missing)
	}
	return nil
}

// digits is a number that was sent as one or as a string, and "" for everything else.
func digits(raw json.RawMessage) string {
	text := string(raw)
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		text = text[1 : n-1]
	}
	if strings.Trim(text, "0123456789") != "" {
		return ""
	}
	return text
}

func (ans *answer) timestamp() int64 {
	seconds, err := strconv.ParseInt(digits(ans.Timestamp), 10, 64)
	if err != nil {
		return 0
	}
	return seconds
}

// response is the answer as the caller gets it, once it is known to be located.
func (ans *answer) response(naming Naming) Response {
	if naming == ByFBID {
		return Response{FBID: digits(ans.FBID), MetaHMAC: ans.MetaHMAC, Timestamp: ans.timestamp()}
	}
	resp := Response{URL: ans.URL, DirectPath: ans.DirectPath, Handle: ans.Handle, ObjectID: ans.ObjectID}
	if resp.URL == "" {
		resp.URL = publicOrigin + resp.DirectPath
	}
	resp.ThumbnailDirectPath, resp.ThumbnailSHA256 = ans.thumbnail()
	_ = json.Unmarshal(ans.MetadataURL, &resp.MetadataURL)
	return resp
}

// held reads a probe's answer: how many bytes of the object the host claims to hold, which may be more than there are, or that
// it holds them all. An answer that makes no sense means that it holds nothing.
func (ans *answer) held(naming Naming) (offset int64, complete bool) {
	state := strings.Trim(string(ans.Resume), `"`)
	if state == "complete" {
		return 0, ans.located(naming) == nil
	}
	offset, err := strconv.ParseInt(state, 10, 64)
	if err != nil || offset <= 0 {
		return 0, false
	}
	return offset, false
}

// readAnswer reads the body of a success, no more than maxAnswer bytes of it.
func readAnswer(body io.Reader) (*answer, error) {
	text := texts.Get().(*bytes.Buffer)
	defer reuse(text)
	if _, err := text.ReadFrom(io.LimitReader(body, maxAnswer+1)); err != nil {
		return nil, fmt.Errorf("failed to read the answer: %w", err)
	}
	if text.Len() > maxAnswer {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrBadAnswer, maxAnswer)
	}
	return parseAnswer(text.Bytes()) // which copies what it keeps
}

// texts are buffers for answers.
var texts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// reuse keeps a buffer of an ordinary size for the next answer, without this one: some hold a secret.
func reuse(text *bytes.Buffer) {
	if text.Cap() <= 16<<10 {
		clear(text.Bytes())
		text.Reset()
		texts.Put(text)
	}
}

// located reads the body of a success that has to say where the object is.
func located(naming Naming) func(io.Reader) (*answer, error) {
	return func(body io.Reader) (*answer, error) {
		ans, err := readAnswer(body)
		if err == nil {
			err = ans.located(naming)
		}
		return ans, err
	}
}
