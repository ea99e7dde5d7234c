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

// TestCodeInTheREADMEIsThatOfExamples checks that readers of the README see only code that compiles and runs. A comment
// stands on the line before each block of Go code, and names the Example that the block is from:
//
//	<!-- wamediax/example_upload_test.go: ExampleClient_UploadMedia -->
//
// The lines of the block are found in the body of that function, in that order and one right after the other. White space
// does not count, nor do empty lines. A line "// …" in the block stands for any number of lines that are left out there.
func TestCodeInTheREADMEIsThatOfExamples(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	blocks := goBlocks(string(readme))
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		t.Run(block.function, func(t *testing.T) {
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

// codeBlock is a block of Go code, and the Example that the comment before it names, if there is one.
type codeBlock struct{ file, function, code string }

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

// notShown returns the first stretch of code that is not found in body, after those before it; "": all are.
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
