package wamediax_test

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCodeInThePagesIsThatOfExamples checks that the README and the pages in docs show only code
// that compiles and runs. The line before each block of Go code is a comment with the Example that
// the block is from:
//
//	<!-- wamediax/example_upload_test.go: ExampleClient_UploadMedia -->
//
// The body of that function has the lines of the block, in the same order and without others in
// between. White space and empty lines do not count. A line "// …" in the block stands for any
// number of lines.
func TestCodeInThePagesIsThatOfExamples(t *testing.T) {
	pages := pagesOfProse(t)
	var blocks []codeBlock
	for _, page := range pages {
		content, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, block := range goBlocks(string(content)) {
			block.page = filepath.Base(page)
			blocks = append(blocks, block)
		}
	}
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		t.Run(block.page+" "+block.function, func(t *testing.T) {
			require.NotEmpty(t, block.function, "no comment names the Example of\n%s", block.code)
			formatted, err := format.Source([]byte(block.code))
			require.NoError(t, err)
			require.Equal(t, string(formatted), block.code, "it is not as gofmt has it")
			body := bodyOf(t, filepath.Join("..", filepath.FromSlash(block.file)), block.function)
			require.Empty(t, notShown(body, block.code), "not in the body of %s, at that place", block.function)
		})
	}
}

func TestWhatCountsAsShownByAnExample(t *testing.T) {
	body := "\n\ta := 1\n\n\tif a  ==  1 {\n\t\treturn\n\t}\n\tb := 2\n\tc := 3 // of both\n"
	for name, row := range map[string]struct{ code, missing string }{
		"all of it":                         {code: body},
		"a stretch":                         {code: "if a == 1 {\n\treturn\n}\n"},
		"two stretches":                     {code: "a := 1\n// …\nb := 2\n"},
		"the end left out":                  {code: "a := 1\n// …\n"},
		"a line that is not there":          {code: "a := 1\nb := 2\n", missing: "a := 1\nb := 2"},
		"stretches in another order":        {code: "b := 2\n// …\na := 1\n", missing: "a := 1"},
		"half a line":                       {code: "c := 3\n", missing: "c := 3"},
		"a stretch that is there only once": {code: "b := 2\n// …\nb := 2\n", missing: "b := 2"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.missing, notShown(body, row.code)) })
	}
}

// codeBlock is a block of Go code, and the Example that the comment before it names, if there is
// one.
type codeBlock struct{ page, file, function, code string }

// pagesOfProse returns the paths of all Markdown pages of the project.
func pagesOfProse(t *testing.T) []string {
	t.Helper()
	pages := []string{filepath.Join("..", "README.md")}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		pages = append(pages, found...)
	}
	require.Greater(t, len(pages), 5)
	return pages
}

var linkTarget = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]+)?\)`)

func TestLinksInThePagesLeadSomewhere(t *testing.T) {
	for _, page := range pagesOfProse(t) {
		content, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, link := range linkTarget.FindAllStringSubmatch(string(content), -1) {
			target, anchor := link[1], strings.TrimPrefix(link[2], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := page
			if target != "" {
				path = filepath.Join(filepath.Dir(page), filepath.FromSlash(target))
			}
			require.True(t, exists(path), "%s links to %s, which does not exist", page, target)
			if anchor != "" {
				require.Contains(t, anchorsOf(t, path), anchor, "%s links to a heading that %s does not have", page, path)
			}
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchorsOf returns the names under which GitHub links to the headings of a page.
func anchorsOf(t *testing.T, page string) (anchors []string) {
	t.Helper()
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	for line := range strings.Lines(string(content)) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			name := notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			anchors = append(anchors, strings.ReplaceAll(name, " ", "-"))
		}
	}
	return anchors
}

// TestEveryDependencyIsExplained compares the table in releasing.md with what go.mod requires
// directly.
func TestEveryDependencyIsExplained(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join("..", "go.mod"))
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join("docs", "releasing.md"))
	require.NoError(t, err)
	var required, explained []string
	for _, line := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1) {
		required = append(required, line[1])
	}
	for _, line := range regexp.MustCompile("(?m)^\\| `(\\S+)` \\| \\S").FindAllStringSubmatch(string(page), -1) {
		explained = append(explained, line[1])
	}
	require.ElementsMatch(t, required, explained)
}

var exampleComment = regexp.MustCompile(`^<!-- (\S+_test\.go): (Example\w*) -->$`)

func goBlocks(markdown string) (blocks []codeBlock) {
	var before string
	var block *codeBlock
	for line := range strings.Lines(markdown) {
		text := strings.TrimRight(line, "\r\n")
		switch {
		case block == nil && text == "```go":
			block = new(codeBlock)
			if named := exampleComment.FindStringSubmatch(before); named != nil {
				block.file, block.function = named[1], named[2]
			}
		case block != nil && text == "```":
			blocks = append(blocks, *block)
			block = nil
		case block != nil:
			block.code += text + "\n"
		}
		before = text
	}
	return blocks
}

// bodyOf is what stands between the braces of a function.
func bodyOf(t *testing.T, path, function string) string {
	t.Helper()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, declared := range file.Decls {
		if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == function {
			return string(source[files.Position(f.Body.Lbrace).Offset+1 : files.Position(f.Body.Rbrace).Offset])
		}
	}
	require.Fail(t, "there is no "+function, "in %s", path)
	return ""
}

// notShown returns the first stretch of code that is not found in body, after those before it; "":
// all are.
func notShown(body, code string) string {
	rest := "\n" + plainLines(body)
	for stretch := range strings.SplitSeq("\n"+plainLines(code), "\n// …\n") {
		stretch = "\n" + strings.Trim(stretch, "\n") + "\n"
		if stretch == "\n\n" {
			continue
		}
		_, after, found := strings.Cut(rest, stretch)
		if !found {
			return strings.Trim(stretch, "\n")
		}
		rest = "\n" + after
	}
	return ""
}

// plainLines is text without empty lines, and with single spaces as the only white space in a line.
func plainLines(text string) string {
	var plain strings.Builder
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			plain.WriteString(strings.Join(words, " ") + "\n")
		}
	}
	return plain.String()
}
