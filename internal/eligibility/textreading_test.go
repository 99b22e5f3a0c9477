package eligibility

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClauses_AreThoseOfJITAccess181(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, expression string
		want             []string
	}{
		{"nothing", "", nil},
		{"one", "a", []string{"a"}},
		{"two", "a && b", []string{"a ", " b"}},
		{"an earlier clause may be empty", "&& a", []string{"", " a"}},
		{"the last clause may not", "a &&", []string{"a "}},
		{"a single ampersand stays", "a & b", []string{"a & b"}},
		{"three ampersands", "a &&& b", []string{"a ", "& b"}},
		{"inside parentheses", "(a && b) && c", []string{"(a && b) ", " c"}},
		{"inside double quotes", `"a && b" && c`, []string{`"a && b" `, " c"}},
		{"inside single quotes", `'a && b' && c`, []string{`'a && b' `, " c"}},
		{"one kind of quote in the other", `"it's" && a`, []string{`"it's" && a`}},
		{"a parenthesis in a string", `"(" && a`, []string{`"(" && a`}},
		{"a backslash escapes nothing", `"\"" && a`, []string{`"\"" && a`}},
		{"brackets do not nest", `[a && b]`, []string{"[a ", " b]"}},
		{"comment lines", "// a && b\n  // c\nd && e", []string{"d ", " e"}},
		{"a comment at the end of a line", "a // b && c", []string{"a // b ", " c"}},
		{"a comment line in a string", "\"\"\"x\n// y\nz\"\"\"", []string{"\"\"\"x\nz\"\"\""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, clauses(test.expression)); diff != "" {
				t.Errorf("clauses(%q) (-want +got):\n%s", test.expression, diff)
			}
		})
	}
}

func TestTextMarker_IsThatOfJITAccess181(t *testing.T) {
	t.Parallel()
	for clause, want := range map[string]Constraint{
		"has({}.jitAccessConstraint)":               SelfApproval,
		"has({}.multiPartyApprovalConstraint)":      MultiPartyApproval,
		"HAS({}.JitacceSSConstraint)":               SelfApproval,
		"\t has( {  }.jitAccessConstraint\r\n)\v\n": SelfApproval,
		"h a s({}.jit access constraint)":           SelfApproval,
		"has({}?jitAccessConstraint)":               SelfApproval,
		"has({} .jitAccessConstraint)":              SelfApproval,
		"has({}\t.jitAccessConstraint)":             "",
		"has({}jitAccessConstraint)":                "",
		"has({}.jitAccessContraint)":                "",
		"has({}.jitAccessConstraint) == true":       "",
		"(has({}.jitAccessConstraint))":             "",
		"!has({}.jitAccessConstraint)":              "",
		"has({a: 1}.jitAccessConstraint)":           "",
		"has({}.jitAccessTerms)":                    "",
	} {
		if got := textMarker(clause); got != want {
			t.Errorf("textMarker(%q) = %q, want %q", clause, got, want)
		}
	}
}
