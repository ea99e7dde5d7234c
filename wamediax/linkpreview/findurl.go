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

// FindURL returns the first http or https URL in text, exactly as it is there, or "". Punctuation
// that ends a sentence and brackets around the URL are not part of it. A host without a scheme
// ("example.com") is not found: it could as well be a file name.
func FindURL(text string) string { return webURL().FindString(text) }
