package architecture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed is one package as go list describes it.
type listed struct {
	ImportPath   string
	Dir          string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

func TestImports_FollowTheRules(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages) == 0 {
		t.Fatal("go list names no package of ours")
	}
	for _, violation := range violations(rules, packages) {
		t.Error(violation)
	}
}

func TestRules_AllowOnlyWhatIsImported(t *testing.T) {
	t.Parallel()
	for _, superfluous := range superfluous(rules, listPackages(t)) {
		t.Error(superfluous)
	}
}

func TestSuperfluous_AreAllowancesThatNobodyUses(t *testing.T) {
	t.Parallel()
	rules := []rule{
		{pkg: "web", ours: []string{"view/...", "secrets"}, others: []string{"example.com/html/...", "example.com/old"}},
		{pkg: "view/...", others: append([]string{"..."}, terraform...)},
	}
	packages := []listed{
		{ImportPath: module + "/web", Imports: []string{module + "/view/form", "example.com/html"}},
		{ImportPath: module + "/view/form", Imports: []string{"example.com/old"}},
	}
	want := []string{"web may import secrets, and does not", "web may import example.com/old, and does not"}
	if diff := cmp.Diff(want, superfluous(rules, packages)); diff != "" {
		t.Errorf("superfluous (-want +got):\n%s", diff)
	}
}

// superfluous are the allowances that no package uses. Rules that share the list of Terraform's
// libraries, or allow anything, need not use all of it.
func superfluous(rules []rule, packages []listed) []string {
	imported := map[string][]string{} // by the package of the rule
	for _, p := range packages {
		if r, ok := ruleFor(rules, withoutModule(p.ImportPath)); ok {
			for _, path := range p.Imports {
				imported[r.pkg] = append(imported[r.pkg], withoutModule(path))
			}
		}
	}
	var found []string
	for _, r := range rules {
		for _, pattern := range slices.Concat(r.ours, r.others) {
			used := slices.ContainsFunc(imported[r.pkg], func(path string) bool { return matches([]string{pattern}, path) })
			if !used && !slices.Contains(terraform, pattern) && !slices.Contains(anything, pattern) {
				found = append(found, r.pkg+" may import "+pattern+", and does not")
			}
		}
	}
	return found
}

func TestViolations_AreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	rules := []rule{
		{pkg: "web", ours: []string{"view/..."}, others: []string{"example.com/html/..."}, never: []string{"secrets"}},
		{pkg: "view/..."},
		{pkg: "secrets", onlyFor: []string{"main"}},
		{pkg: "main", ours: []string{"secrets"}},
	}
	for name, c := range map[string]struct {
		pkg  listed
		want []string
	}{
		"what the rule allows": {
			pkg: listed{ImportPath: "web", Imports: []string{"net/http", module + "/view", module + "/view/form", "example.com/html/atom"}},
		},
		"a package of ours that the rule does not name": {
			pkg:  listed{ImportPath: "web", Imports: []string{module + "/main"}},
			want: []string{"web imports main, which its rule does not allow"},
		},
		"a package of others that the rule does not name": {
			pkg:  listed{ImportPath: "view/form", Imports: []string{"example.com/html"}},
			want: []string{"view/form imports example.com/html, which its rule does not allow"},
		},
		"a package that may not be reached, two steps away": {
			pkg:  listed{ImportPath: "web", Imports: []string{module + "/view"}, Deps: []string{module + "/view", module + "/secrets"}},
			want: []string{"web reaches secrets, which its rule forbids"},
		},
		"a package kept for others": {
			pkg:  listed{ImportPath: "view", Imports: []string{module + "/secrets"}},
			want: []string{"view imports secrets, which its rule does not allow", "view imports secrets, which is kept for [main]"},
		},
		"a package kept for this one": {
			pkg: listed{ImportPath: "main", Imports: []string{module + "/secrets"}},
		},
		"a banned package in a test": {
			pkg:  listed{ImportPath: "view", XTestImports: []string{"google.golang.org/api/idtoken"}},
			want: []string{"view imports google.golang.org/api/idtoken, which is banned"},
		},
		"a banned package behind another": {
			pkg:  listed{ImportPath: "view", Deps: []string{"google.golang.org/api/idtoken"}},
			want: []string{"view reaches google.golang.org/api/idtoken, which is banned"},
		},
		"a package without a rule": {
			pkg:  listed{ImportPath: "attic"},
			want: []string{"attic has no rule"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.pkg.ImportPath = module + "/" + c.pkg.ImportPath
			got := violations(rules, []listed{c.pkg})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("violations of %+v (-want +got):\n%s", c.pkg, diff)
			}
		})
	}
}

func violations(rules []rule, packages []listed) []string {
	var found []string
	for _, p := range packages {
		name := withoutModule(p.ImportPath)
		report := func(format string, args ...any) {
			found = append(found, name+" "+fmt.Sprintf(format, args...))
		}
		r, ok := ruleFor(rules, name)
		if !ok {
			report("has no rule")
			continue
		}
		for _, path := range p.Imports {
			r.checkImport(rules, name, path, report)
		}
		for _, path := range p.Deps {
			if matches(r.never, withoutModule(path)) {
				report("reaches %s, which its rule forbids", withoutModule(path))
			}
			if matches(banned, path) && !slices.Contains(p.Imports, path) {
				report("reaches %s, which is banned", path)
			}
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if matches(banned, path) {
				report("imports %s, which is banned", path)
			}
		}
	}
	return found
}

func (r rule) checkImport(rules []rule, from, path string, report func(string, ...any)) {
	name := withoutModule(path)
	switch {
	case name == path && isStandard(path):
		return
	case name == path:
		if !matches(r.others, path) {
			report("imports %s, which its rule does not allow", path)
		}
		return
	case !matches(r.ours, name):
		report("imports %s, which its rule does not allow", name)
	}
	if target, ok := ruleFor(rules, name); ok && target.onlyFor != nil && !matches(target.onlyFor, from) {
		report("imports %s, which is kept for %v", name, target.onlyFor)
	}
}

// withoutModule is a path of ours without the module, "." for the module itself, and any other path
// as it is.
func withoutModule(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// isStandard tells the standard library's packages from others': the first element of a module's
// path holds a dot.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func ruleFor(rules []rule, name string) (rule, bool) {
	i := slices.IndexFunc(rules, func(r rule) bool { return matches([]string{r.pkg}, name) })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

func matches(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		tree, below := strings.CutSuffix(pattern, "/...")
		return pattern == "..." || path == tree || below && strings.HasPrefix(path, tree+"/")
	})
}

// listPackages asks go list for every package of this module, with the files of browser tests.
func listPackages(t *testing.T) []listed {
	t.Helper()
	visitFolders(t)
	command := exec.CommandContext(t.Context(), "go", "list", "-tags=browser",
		"-json=ImportPath,Dir,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Deps", module+"/...")
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("listing the module's packages: %v\n%s", err, stderr.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("reading what go list wrote: %v", err)
		}
		packages = append(packages, p)
	}
}

// visitFolders visits the module's folders, so that go test sees what this test depends on and does
// not reuse its last result when a file has changed.
func visitFolders(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../..", func(_ string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatalf("visiting the folders of the module: %v", err)
	}
}
