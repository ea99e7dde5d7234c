package wamediax_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	quoted   = regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
)

// Tests that WIRE.md names have to be there, so that whoever renames one looks at the page.
func TestEveryFactOfTheWireHasASourceAndATest(t *testing.T) {
	there := make(map[string]bool)
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range testFunc.FindAllSubmatch(source, -1) {
			there[string(found[1])] = true
		}
		return err
	}))
	page, err := os.ReadFile("WIRE.md")
	require.NoError(t, err)
	facts := 0
	for number, line := range strings.Split(string(page), "\n") {
		if !strings.HasPrefix(line, "| ") || line == "| fact | source | seen | test |" {
			continue
		}
		facts++
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		require.Len(t, cells, 4, "WIRE.md:%d", number+1)
		require.NotEmpty(t, strings.TrimSpace(cells[1]), "WIRE.md:%d names no source", number+1)
		require.Contains(t, []string{"yes", "client", "no"}, cells[2], "WIRE.md:%d", number+1)
		tests := quoted.FindAllStringSubmatch(cells[3], -1)
		require.NotEmpty(t, tests, "WIRE.md:%d names no test", number+1)
		for _, test := range tests {
			require.True(t, there[test[1]], "WIRE.md:%d names %s, which is not there", number+1, test[1])
		}
	}
	require.Greater(t, facts, 40)
}
