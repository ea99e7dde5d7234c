package fetch

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// expiryOf returns when the signature of a direct path ends: its query's oe, in hexadecimal seconds of Unix time (WA Web's
// WAWebMmsCdnUrlValidationUtils). It is zero for a path that does not say so.
func expiryOf(directPath string) time.Time {
	seconds, err := strconv.ParseInt(queryOf(directPath).Get("oe"), 16, 40)
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// hasExpired reports whether the signature of a direct path has ended at a time.
func hasExpired(directPath string, at time.Time) bool {
	end := expiryOf(directPath)
	return !end.IsZero() && !at.Before(end)
}

// ForwardedPath returns the direct path to put into a message that forwards media, which is directPath with "_nc_hot", the
// time of forwarding. WhatsApp's clients add it, and choose the media host by it, because media that is forwarded is likely to
// be asked for soon (WA Web's WAWebUploadManagerBase). A path that already has one gets the new time; an empty path stays.
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

// queryOf returns what can be read of a direct path's query.
func queryOf(directPath string) url.Values {
	_, query, _ := strings.Cut(directPath, "?")
	values, _ := url.ParseQuery(query)
	return values
}
