// Package safehttp fetches untrusted URLs. A URL from a chat can name anything:
// a router's web page, a cloud's metadata service, a database in the same
// network. A Client reaches only the public internet.
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
//	a test server, or an internal service           WithAllowedPrefixes and WithPorts
//	a site that rejects unknown clients             WithHeader("User-Agent", …)
//	a URL from your own program                     net/http
//
// # What is checked
//
// The guard (code.dny.dev/ssrf) checks each IP address when it is dialled. The
// spelling of the URL, changing DNS answers and redirects cannot circumvent it.
// The Client refuses private, loopback, link-local and other special addresses,
// ports other than 80 and 443, schemes other than http and https, URLs with a
// user name or password, and more than five redirects.
//
// # Limits
//
// Get limits the body. The header is limited to 64 KiB, connecting and the TLS
// handshake to 15 s each, and waiting for the header to 30 s. The context
// limits how long the body takes. The Client asks for uncompressed data and
// rejects compressed data, so a small response cannot expand.
//
// # What is not sent
//
// It sends no cookies and no Referer, and ignores proxies from the environment,
// because the guard would check the proxy's address and not the URL's.
package safehttp
