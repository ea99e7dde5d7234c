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

// maxAnswer limits the size of a response, in bytes. Real responses have some hundred.
const maxAnswer = 1 << 20

// answer is the CDN's response to an upload or a probe. It is untrusted.
type answer struct {
	Resume     json.RawMessage `json:"resume"` // of a probe: "complete" or a decimal offset
	URL        string          `json:"url"`
	DirectPath string          `json:"direct_path"`
	Handle     string          `json:"handle"`
	ObjectID   string          `json:"object_id"`
	FBID       json.RawMessage `json:"fbid"` // a number, or a string of digits
	MetaHMAC   string          `json:"meta_hmac"`
	Timestamp  json.RawMessage `json:"ts"` // seconds since 1970, as a number or a string of digits

	// Optional fields. Those of an unexpected form are treated as missing.
	Thumbnail   json.RawMessage `json:"thumbnail_info"`
	MetadataURL json.RawMessage `json:"metadata_url"`
}

// parseAnswer parses exactly one JSON value.
func parseAnswer(body []byte) (*answer, error) {
	ans := new(answer)
	if err := json.Unmarshal(body, ans); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	return ans, nil
}

// located checks that the response has all that naming requires.
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

// digits returns the digits of a number that was sent as a number or a string, and "" for anything
// else.
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

// response converts an answer that located has checked.
func (ans *answer) response(naming Naming) Response {
	if naming == ByFBID {
		return Response{FBID: digits(ans.FBID), MetaHMAC: ans.MetaHMAC, Timestamp: ans.timestamp()}
	}
	resp := Response{URL: ans.URL, DirectPath: ans.DirectPath, Handle: ans.Handle, ObjectID: ans.ObjectID}
	if resp.URL == "" {
		resp.URL = publicOrigin + resp.DirectPath
	}
	resp.ThumbnailDirectPath, resp.ThumbnailSHA256 = ans.thumbnail()
	if len(ans.MetadataURL) > 0 {
		_ = json.Unmarshal(ans.MetadataURL, &resp.MetadataURL)
	}
	return resp
}

// held returns the result of a probe: how many bytes of the object the host claims to hold, which
// may be more than it has, or that the object is complete. An unusable result counts as no bytes.
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

// readAnswer reads the body of a success, up to maxAnswer bytes.
func readAnswer(body io.Reader) (*answer, error) {
	text := buffers.Get().(*bytes.Buffer)
	defer reuse(text)
	if _, err := text.ReadFrom(io.LimitReader(body, maxAnswer+1)); err != nil {
		return nil, fmt.Errorf("failed to read the response: %w", err)
	}
	if text.Len() > maxAnswer {
		return nil, fmt.Errorf("%w: body is larger than %d bytes", ErrBadAnswer, maxAnswer)
	}
	return parseAnswer(text.Bytes()) // copies what it keeps
}

// buffers are buffers for response bodies.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// reuse clears a buffer, as some responses hold a secret, and keeps it unless it is large.
func reuse(text *bytes.Buffer) {
	if text.Cap() <= 16<<10 {
		clear(text.Bytes())
		text.Reset()
		buffers.Put(text)
	}
}

// located reads the body of a success that must locate the object.
func located(naming Naming) func(io.Reader) (*answer, error) {
	return func(body io.Reader) (*answer, error) {
		ans, err := readAnswer(body)
		if err == nil {
			err = ans.located(naming)
		}
		return ans, err
	}
}
