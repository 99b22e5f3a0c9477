package architecture

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A test that sleeps is slow and still fails on a busy machine. In a bubble of testing/synctest
// time costs nothing.
func TestSleeps_AreInABubble(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		files := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		bubble := slices.Contains(slices.Concat(p.TestImports, p.XTestImports), "testing/synctest")
		for _, name := range files {
			source, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatalf("reading a test of %s: %v", p.ImportPath, err)
			}
			if !bubble && name != "sleep_test.go" && strings.Contains(string(source), "time.Sleep(") {
				t.Errorf("%s of %s sleeps, and no test of this package uses testing/synctest", name, withoutModule(p.ImportPath))
			}
		}
	}
}
