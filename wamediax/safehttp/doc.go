// Package safehttp fetches URLs that strangers send. Such a URL can name
// anything: a router's web page, a cloud's metadata service, a database next
// door. A Client reads only the open internet.
//
//	client := safehttp.New()
//	resp, err := client.Get(ctx, url, 10<<20)
//	if err != nil {
//		return err
//	}
//	defer resp.Body.Close()
//
// # When to use which
//
//	you have                                        use
//	a URL from a chat                               New, then Client.Get
//	a test's server, or a service of your own       WithAllowedPrefixes and WithPorts
//	a site that treats unknown clients badly        WithHeader("User-Agent", …)
//	a URL that your own program made                net/http
//
// # What is checked
//
// The guard (code.dny.dev/ssrf) looks at each address at the moment of
// dialling. What the URL's text looks like, what DNS answered a moment ago, and
// where a redirect leads make no difference. Private, loopback, link-local and
// other special addresses are refused, as are ports other than 80 and 443,
// schemes other than http and https, URLs with a user name or password, and
// more than five redirects.
//
// # What is bounded
//
// The body, by Get; the header, to 64 KiB; connecting, to 15 s, the same for
// TLS; waiting for the header, to 30 s. How long the body takes is up to the
// context. The Client asks for uncompressed data and refuses compressed data,
// so a small answer cannot grow.
//
// # What is not sent
//
// No cookies, no Referer, and no proxy from the environment: a proxy would be
// dialled in place of what the URL names.
package safehttp
