package wamediax_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/wamediax/whatsmeow-ext/"

// floors are the packages from the ground up. A package imports only what stands on a lower floor.
// A name with /... stands for all packages below it that have no floor of their own; these may
// import each other.
var floors = [][]string{
	{
		"wamediax/internal/ctxerr", "wamediax/internal/failover", "wamediax/internal/fanout", "wamediax/internal/mediahttp",
		"wamediax/internal/mediatype", "wamediax/internal/socketwait", "wamediax/internal/spool", "wamediax/internal/throttle",
		"wamediax/internal/turns", "wamediax/internal/wait", "wamediax/internal/waveform", "wamediax/internal/webpfile",
		"wamediax/internal/webpfile/webptest", "wamediax/safehttp", "wamediax/wamediaxtest/...",
	},
	{"wamediax/cdn", "wamediax/streamenc", "wamediax/wamediaxtest", "wamediax/internal/iq", "wamediax/internal/picture"},
	{
		"wamediax/internal/exchange", "wamediax/internal/mediaconn", "wamediax/internal/source", "wamediax/internal/stalltest",
		"wamediax/internal/transfer", "wamediax/retry",
	},
	{"wamediax/fetch", "wamediax/resume"},
	{"wamediax/resume/internal/records"},
	{
		"wamediax/internal/journal", "wamediax/resume/filestore", "wamediax/resume/internal/storekit", "wamediax/resume/sqlstore",
		"wamediax/resume/storetest",
	},
	{"wamediax/internal/everystore", "wamediax/internal/upload"},
	{"wamediax/internal/bulk", "wamediax/internal/message"},
	{"wamediax"},
	{"wamediax/preview/internal/bounded", "wamediax/stickerpack/internal/folder"},
	{"wamediax/preview/internal/..."},
	{"wamediax/preview", "wamediax/preview/voice", "wamediax/productimg", "wamediax/stickerpack"},
	{"wamediax/internal/interop", "wamediax/linkpreview", "wamediax/stickerpack/convert"},
	{"examples/..."},
}

// strangers are packages of which the first does not know the second, directly or through others;
// "" stands for all of ours but wamediaxtest's own.
var strangers = [][2]string{
	{"wamediax/streamenc", ""},
	{"wamediax/cdn", ""},
	{"wamediax/wamediaxtest", ""},
	{"wamediax/internal/failover", "net/http"},
	{"wamediax/internal/failover", "net"},
	{"wamediax/internal/failover", "context"},
	{"wamediax/resume", "wamediax/streamenc"},
	{"wamediax/resume", "wamediax/retry"},
	{"wamediax/resume", "wamediax/internal/socketwait"},
	{"wamediax/retry", "wamediax/resume"},
	{"wamediax/retry", "wamediax/streamenc"},
	{"wamediax/retry", "net/http"},
	{"wamediax/fetch", "wamediax/resume"},
	{"wamediax/fetch", "wamediax/retry"},
	{"wamediax/fetch", "wamediax/internal/socketwait"},
	{"wamediax/internal/source", "wamediax/resume"},
	{"wamediax/internal/spool", "wamediax/streamenc"},
	{"wamediax/internal/journal", "wamediax/streamenc"},
	{"wamediax/internal/upload", "wamediax/fetch"},
	{"wamediax/internal/upload", "wamediax/internal/bulk"},
	{"wamediax/internal/upload", "wamediax/internal/fanout"},
}

// floorOf returns a package's floor, -1 for none, and its name in the table.
func floorOf(pkg string) (floor int, name string) {
	for name, dir := pkg, pkg; ; name = dir + "/..." {
		for floor, names := range floors {
			if slices.Contains(names, name) {
				return floor, name
			}
		}
		if dir = path.Dir(dir); dir == "." {
			return -1, ""
		}
	}
}

// eachFile parses the module's files and hands each to visit with its package, which has no module
// path.
func eachFile(t *testing.T, mode parser.Mode, visit func(pkg, name string, file *ast.File)) {
	t.Helper()
	fset := token.NewFileSet()
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || name == "plots" || name != ".." && strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		parsed, err := parser.ParseFile(fset, path, nil, mode)
		if err == nil {
			pkg := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), ".."+string(filepath.Separator)))
			visit(pkg, entry.Name(), parsed)
		}
		return err
	}))
}

// importsOf maps each package of the module, tests aside, to what it imports. Packages of the
// module have no module path.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	graph := make(map[string][]string)
	eachFile(t, parser.ImportsOnly, func(pkg, name string, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		if _, ok := graph[pkg]; !ok {
			graph[pkg] = nil // it may import nothing
		}
		for _, imported := range imports(file) {
			if imported = strings.TrimPrefix(imported, module); !slices.Contains(graph[pkg], imported) {
				graph[pkg] = append(graph[pkg], imported)
			}
		}
	})
	require.Contains(t, graph, "wamediax")
	require.Contains(t, graph["wamediax"], "wamediax/internal/upload")
	return graph
}

func imports(file *ast.File) (paths []string) {
	for _, spec := range file.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, "\"`"))
	}
	return paths
}

func ours(pkg string) bool {
	return strings.HasPrefix(pkg, "wamediax") || strings.HasPrefix(pkg, "examples")
}

func TestImportsPointDownOnly(t *testing.T) {
	for pkg, imports := range importsOf(t) {
		floor, name := floorOf(pkg)
		require.GreaterOrEqual(t, floor, 0, "%s has no floor: find its place in the table", pkg)
		for _, imported := range imports {
			if !ours(imported) {
				continue
			}
			if below, other := floorOf(imported); other != name {
				require.Less(t, below, floor, "%s imports %s; see the table of floors", pkg, imported)
			}
		}
	}
}

func TestEveryFloorIsOfAPackage(t *testing.T) {
	graph := importsOf(t)
	for _, name := range slices.Concat(floors...) {
		if all, ok := strings.CutSuffix(name, "/..."); ok {
			require.True(t, slices.ContainsFunc(slices.Collect(maps.Keys(graph)), func(pkg string) bool {
				return strings.HasPrefix(pkg, all+"/")
			}), name)
			continue
		}
		_, ok := graph[name]
		require.True(t, ok, "there is no %s", name)
	}
}

func TestPackagesDoNotKnowMoreThanTheyNeed(t *testing.T) {
	graph := importsOf(t)
	var knows func(pkg, other string) []string
	knows = func(pkg, other string) []string {
		for _, imported := range graph[pkg] {
			if imported == other || other == "" && ours(imported) && !strings.Contains(imported, "/wamediaxtest/internal/") {
				return []string{pkg, imported}
			}
			if chain := knows(imported, other); chain != nil {
				return append([]string{pkg}, chain...)
			}
		}
		return nil
	}
	for _, pair := range strangers {
		require.Contains(t, graph, pair[0])
		if pair[1] != "" && ours(pair[1]) {
			require.Contains(t, graph, pair[1])
		}
		require.Empty(t, knows(pair[0], pair[1]), "%s knows too much", pair[0])
	}
	for _, known := range []string{"wamediax/streamenc", "wamediax/cdn"} {
		require.NotEmpty(t, knows("wamediax/fetch", known))
	}
}

func TestPackagesThatStartGoroutinesLookForThoseThatAreLeft(t *testing.T) {
	starts := make(map[string]string) // the package's file that does
	looks := make(map[string]bool)    // of packages with tests
	eachFile(t, parser.SkipObjectResolution, func(pkg, name string, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			looks[pkg] = looks[pkg] || slices.Contains(imports(file), "go.uber.org/goleak")
			return
		}
		if file.Name.Name == "main" {
			return // what it starts ends with its process
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				starts[pkg] = name
			case *ast.SelectorExpr:
				if node.Sel.Name == "Go" || node.Sel.Name == "AfterFunc" { // of a WaitGroup, of a timer or a context
					starts[pkg] = name
				}
			}
			return true
		})
	})
	require.Contains(t, starts, "wamediax/internal/fanout")
	for pkg, file := range starts {
		tests := pkg
		for _, own := looks[tests]; !own && tests != "."; _, own = looks[tests] { // then those of the package above are its own
			tests = path.Dir(tests)
		}
		require.True(t, looks[tests], "%s of %s starts goroutines; see main_test.go of other packages", file, pkg)
	}
}
