// Command compiles checks that the module, with its tests, would compile for
// other systems:
//
//	go run -modfile=.ci/tools.mod ./.ci/compiles windows darwin
//
// It checks types alone. "GOOS=windows go vet ./..." would first compile the
// standard library and every dependency, which takes minutes.
package main

import (
	"fmt"
	"os"

	"golang.org/x/tools/go/packages"
)

func main() {
	failed := false
	for _, system := range os.Args[1:] {
		loaded, err := packages.Load(&packages.Config{
			// With NeedDeps the types of dependencies come from their source, without the bodies of
			// functions.
			Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
				packages.NeedDeps | packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo,
			Env:   append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0"),
			Tests: true,
		}, "./...")
		if err != nil {
			fmt.Fprintf(os.Stderr, "failed to load the packages for %s: %v\n", system, err)
			os.Exit(1)
		}
		fmt.Printf("%s: %d packages\n", system, len(loaded))
		failed = packages.PrintErrors(loaded) > 0 || failed || len(loaded) == 0
	}
	if failed {
		os.Exit(1)
	}
}
