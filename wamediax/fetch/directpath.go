package fetch

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// expiryOf returns when the signature of a direct path expires: query parameter "oe", in
// hexadecimal Unix seconds (WA Web's WAWebMmsCdnUrlValidationUtils). It is zero if the path has no
// such parameter.
func expiryOf(directPath string) time.Time {
	seconds, err := strconv.ParseInt(queryOf(directPath).Get("oe"), 16, 40)
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// hasExpired reports whether the signature of a direct path has expired at the given time.
func hasExpired(directPath string, at time.Time) bool {
	end := expiryOf(directPath)
	return !end.IsZero() && !at.Before(end)
}

// ForwardedPath returns the direct path to put into a message that forwards media: directPath with
// the query parameter "_nc_hot" set to the time of forwarding, in place of an older one. WhatsApp's
// clients add it and choose the media host by it, because forwarded media is likely to be requested
// soon (WA Web's WAWebUploadManagerBase). It returns "" for an empty path.
func ForwardedPath(directPath string, at time.Time) string {
	if directPath == "" {
		return ""
	}
	path, query, _ := strings.Cut(directPath, "?")
	var kept []string
	for _, parameter := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if parameter != "" && name != "_nc_hot" {
			kept = append(kept, parameter)
		}
	}
	return path + "?" + strings.Join(append(kept, "_nc_hot="+strconv.FormatInt(at.Unix(), 10)), "&")
}

// queryOf returns the parameters of a direct path's query, without those that are malformed.
func queryOf(directPath string) url.Values {
	_, query, _ := strings.Cut(directPath, "?")
	values, _ := url.ParseQuery(query)
	return values
}
