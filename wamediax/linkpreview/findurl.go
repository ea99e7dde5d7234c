package linkpreview

import (
	"regexp"
	"sync"

	"mvdan.cc/xurls/v2"
)

var webURL = sync.OnceValue(func() *regexp.Regexp {
	exp, err := xurls.StrictMatchingScheme(`https?://`)
	if err != nil {
		panic("linkpreview: " + err.Error()) // the pattern is a constant
	}
	return exp
})

// FindURL returns the first http or https URL in text, unchanged, or "". It leaves out punctuation
// that ends a sentence, and brackets around the URL. It does not find a host without a scheme
// ("example.com"), which could be a file name.
func FindURL(text string) string { return webURL().FindString(text) }
