// Package bulk uploads many items in one run, on top of package upload: each
// content once, and only what the journal does not know to be on the CDN.
package bulk
