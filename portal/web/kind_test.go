package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// A reason of the desk without a row would be shown as an unexpected error.
func TestKinds_HaveAPageForEveryReasonOfTheDesk(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../activation/refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	reasons := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Reason" {
			return true
		}
		reason, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		reasons++
		if kinds[Kind(reason)].page == nil {
			t.Errorf("%s has no page", reason)
		}
		return true
	})
	if reasons < 15 {
		t.Errorf("found %d reasons of the desk, want all", reasons)
	}
}

func TestKinds_SayWhatHappenedAndWithWhichStatus(t *testing.T) {
	t.Parallel()
	for kind, r := range kinds {
		if page := r.page(Failure{}); page.Title == "" || page.Meaning == "" || page.Next.Text == "" {
			t.Errorf("%s: the page is %+v", kind, page)
		}
		if r.status < 400 || r.status > 599 {
			t.Errorf("%s is answered with status %d", kind, r.status)
		}
	}
}
