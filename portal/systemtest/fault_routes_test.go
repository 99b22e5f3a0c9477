package systemtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// routesWithoutCalls are the routes that do not call Google, each with an address. A test below
// checks that.
var routesWithoutCalls = map[string]string{
	"GET /health/alive":           "/health/alive",
	"GET /health/ready":           "/health/ready",
	"GET /requests/{token}/{act}": "/requests/x/approve",
	"/":                           "/no/such/page",
}

// wantEveryRoute fails if a route of the portal is in none of the operations, by the patterns that
// their runs without faults left in the request log.
func wantEveryRoute(t *testing.T, seen []string) {
	t.Helper()
	routes := routesOf(t)
	for _, pattern := range routes {
		if _, ok := routesWithoutCalls[pattern]; !ok && !slices.Contains(seen, pattern) {
			t.Errorf("no operation of the fault tests uses the route %q: add one, for everything that it asks of Google", pattern)
		}
	}
	for _, pattern := range seen {
		if !slices.Contains(routes, pattern) {
			t.Errorf("routes.go has no %q: this test reads it wrongly", pattern)
		}
	}
}

// routesOf are the patterns in routes.go that are written there as one string. The assets' is not:
// they are embedded.
func routesOf(t *testing.T) (patterns []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../web/routes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 || !registersRoute(call.Fun) {
			return true
		}
		if pattern, ok := call.Args[0].(*ast.BasicLit); ok && pattern.Kind == token.STRING {
			text, err := strconv.Unquote(pattern.Value)
			if err != nil {
				t.Fatal(err)
			}
			patterns = append(patterns, text)
		}
		return true
	})
	return patterns
}

// registersRoute tells whether a function makes a route: one of those of routes.go, or one of the
// multiplexer's own.
func registersRoute(function ast.Expr) bool {
	name, ok := function.(*ast.Ident)
	if method, selected := function.(*ast.SelectorExpr); selected {
		name, ok = method.Sel, true
	}
	return ok && slices.Contains([]string{"page", "form", "link", "act", "Handle", "HandleFunc"}, name.Name)
}

func TestFaults_RoutesWithoutAnOperationAskGoogleNothing(t *testing.T) {
	t.Parallel()
	s := faultScene(t, 1)
	p := s.portal()
	if err := s.firstVisit(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	s.Journal().Reset()
	want := map[string]bool{}
	for pattern, address := range routesWithoutCalls {
		must(t)(s.client(p, tenant{0}.person()).get(t.Context(), address))
		want[pattern] = true
	}
	if calls := s.Journal().Calls(); len(calls) > 0 {
		t.Errorf("they make %d calls, the first: %+v", len(calls), calls[0])
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Events("") {
		delete(want, e.Pattern)
	}
	if len(want) > 0 {
		t.Errorf("these were not asked at all: %v", want)
	}
}
