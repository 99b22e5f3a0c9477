package eligibility

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Row T27, and everything else that 1.8.1 would read otherwise once it has written it.
func TestReadEligible_ClosesWhatIsAnotherConditionUnescaped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, condition string }{
		{"an activation that is always true", `resource.name == "x\") || (\"\" == \""`},
		{"the same in a raw string", `resource.name == r'x") || ("" == "'`},
		{"the same in single quotes", `resource.name == 'x") || ("" == "'`},
		{"the same by escapes", `resource.name == "x\x22\x29 || \x28\u0022\u0022 == \042"`},
		{"the same across lines", `resource.name == "x\") ||\n(\"\" == \""`},
		{"the same behind a comment", `resource.name == "x\" || // \n true || \"\" == \""`},
		{"one that stays inside the parentheses", `resource.name == "x\" || \"\" == \""`},
		{"one that asks for another resource", `resource.name == "x\" + \"y"`},
		{"one in a list", `resource.name in ["x\", \"y"]`},
		{"one in a call", `resource.name.startsWith("x\") || resource.name.startsWith(\"y")`},
		{"one between two strings", `resource.name == "x\\" || resource.name == " || true || \""`},
		{"a choice", `resource.name == "x\" ? true : \"\" == \""`},
		{"a word boundary", `resource.name.matches("\\bx")`},
		{"a backslash and an n", `resource.name.matches("a\\nb")`},
		{"a backslash and a t", `resource.name.matches("a\\tb")`},
		{"two backslashes", `resource.name == "a\\\\b"`},
		{"an escaped quote of the pattern", `resource.name.matches("a\\\"b")`},
		{"a number of a character", `resource.name.matches("\\x41")`},
		{"deeper than we parse", `resource.name == "x\") || ` + strings.Repeat("(", 150) + "true" + strings.Repeat(")", 150) + ` || (\"\" == \""`},
		{"a list of nothing, which our quick parser does not know", `resource.name == "x\" || [,] == [] || \"\" == \""`},
		{"one that is too long to tell", `resource.name == "a\"` + strings.Repeat("b", 100) + `"`},
		{"an optional field", `resource.name == "x\" == {\"a\": \"b\"}[?\"a\"] || \""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, expression := range []string{
				"has({}.jitAccessConstraint) && (" + test.condition + ")",
				"(" + test.condition + ") && has({}.multiPartyApprovalConstraint)",
			} {
				got, ok, findings := ReadEligible(Condition{Expression: expression})
				if !ok && len(findings) == 1 {
					continue // 1.8.1 does not even read it as we do
				}
				if got.Unusable != ambiguousCondition || len(findings) != 1 || !strings.Contains(findings[0].Seen, "misread") || findings[0].Grants {
					t.Errorf("ReadEligible(%q) = %+v, %v, %+v, want it closed with a finding", expression, got, ok, findings)
				}
			}
			if got, err := WriteEligible(SelfApproval, test.condition); err == nil {
				t.Errorf("WriteEligible(%q) = %q", test.condition, got)
			}
		})
	}
}

func TestReadEligible_LeavesOpenWhatIsTheSameOrNothingUnescaped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, condition string }{
		{"no escapes", `resource.name.startsWith("projects/_/buckets/a")`},
		{"a quote of the other kind", `resource.name == "it's"`},
		{"a pattern that IAM refuses unescaped", `resource.name.matches("\\d+")`},
		{"a lone quote", `resource.name == "a\"b"`},
		{"a lone backslash at the end", `resource.name == "a\\"`},
		{"a long pattern that IAM refuses unescaped", `resource.name.matches("^\\d+(` + strings.Repeat("[a-z]|", 200) + `x)$")`},
		{"a line break", `resource.name == "a\nb"`},
		{"a letter that shows nothing", `resource.name == "a\u200bb"`},
		{"bytes", `b"\"" == b"\377\"" || resource.name == "x"`},
	} {
		expression := "has({}.jitAccessConstraint) && (" + test.condition + ")"
		got, ok, findings := ReadEligible(Condition{Expression: expression})
		if !ok || got.Unusable != "" || len(findings) > 0 {
			t.Errorf("%s: ReadEligible(%q) = %+v, %v, %+v, want it open", test.name, expression, got, ok, findings)
		}
		if _, err := WriteEligible(SelfApproval, test.condition); err != nil {
			t.Errorf("%s: WriteEligible(%q): %v", test.name, test.condition, err)
		}
	}
}

// With the marker of terms in front, an alternative stands in parentheses of its own, which a
// string can close too.
func TestReadEligible_ReportsWhatTermsDoNotHoldBackIn181(t *testing.T) {
	t.Parallel()
	expression := `has({}.jitAccessConstraint) && has({}.jitAccessTerms) && (false || resource.name == "x\")) || ((\"\" == \"")`
	got, ok, findings := ReadEligible(Condition{Expression: expression})
	if !ok || !got.Terms || got.Unusable != ambiguousCondition || len(findings) != 1 {
		t.Errorf("ReadEligible(%q) = %+v, %v, %+v, want it closed with a finding", expression, got, ok, findings)
	}
}

// model181 is what JIT Access 1.8.1 makes of the condition of an eligible binding: the condition of
// the activation that it would write for the window. The bool is false if it writes none.
func model181(expression string, w Window) (string, bool) {
	var rest []string
	eligible := false
	for _, clause := range clauses(expression) {
		if textMarker(clause) != "" {
			eligible = true
			continue
		}
		rest = append(rest, clause)
	}
	if !eligible || len(rest) == 0 {
		return writeWindow(w, ""), eligible
	}
	root, err := parseTree(joined(rest))
	if err != nil {
		return "", false
	}
	// A name for each string, then the strings in place of the names: so nothing of this depends on
	// how we write them.
	var named []string
	factory := ast.NewExprFactory()
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.LiteralKind {
			return
		}
		if s, ok := e.AsLiteral().(types.String); ok {
			name := "string-" + strconv.Itoa(len(named)/2) + "-"
			named = append(named, `"`+name+`"`, `"`+string(s)+`"`)
			e.SetKindCase(factory.NewLiteral(0, types.String(name)))
		}
	}))
	text, err := canonical(root)
	if err != nil {
		return "", false
	}
	return writeWindow(w, strings.NewReplacer(named...).Replace(text)), true
}

// grantsAt tells for which requests a condition is true; it is for none if it does not compile.
func grantsAt(expression string) func(request map[string]any) bool {
	never := func(map[string]any) bool { return false }
	env, err := environment()
	if err != nil {
		return never
	}
	checked, err := check(expression)
	if err != nil {
		return never
	}
	program, err := env.Program(checked, cel.CostLimit(maxCost))
	if err != nil {
		return never
	}
	return func(request map[string]any) bool {
		result, _, err := program.Eval(request)
		return err == nil && result == types.True
	}
}

// checkNeverWidens holds that what 1.8.1 would write for a binding that we do not report grants
// only what we say: inside the window, where the resource condition is true, and never with terms.
func checkNeverWidens(t *testing.T, c Condition) {
	t.Helper()
	eligible, ok, findings := ReadEligible(c)
	if !ok || len(findings) > 0 || eligible.Unusable != "" && eligible.Unusable != hasTerms {
		return
	}
	noon := time.Unix(1_800_000_000, 0).UTC()
	window := Window{Start: noon.Add(-time.Minute), End: noon.Add(time.Minute)}
	activation, ok := model181(c.Expression, window)
	if !ok {
		return
	}
	grants, meant := grantsAt(activation), grantsAt(cmp.Or(eligible.ResourceCondition, "true"))
	for _, sample := range samples {
		for _, at := range []time.Time{noon, window.End, noon.Add(-time.Hour)} {
			request := maps.Clone(sample)
			request[timeAttribute] = at
			if grants(request) && (eligible.Terms || !window.Contains(at) || !meant(request)) {
				t.Fatalf("1.8.1 makes %q of %q, which grants at %s to %v", activation, c.Expression, at, sample)
			}
		}
	}
}

func TestModel181_NeverWidensWhatIsNotReported(t *testing.T) {
	t.Parallel()
	a := conditionWriter{rand.New(rand.NewPCG(2, 7))}
	for range 30 {
		for _, c := range aroundText(a.truth(a.IntN(4))) {
			checkNeverWidens(t, c)
		}
		for _, c := range aroundText(a.attack()) {
			checkNeverWidens(t, c)
		}
	}
}

func TestModel181_WouldGrantByTheInputOfRowT27(t *testing.T) {
	t.Parallel()
	noon := time.Unix(1_800_000_000, 0).UTC()
	activation, ok := model181(`has({}.jitAccessConstraint) && resource.name == "x\") || (\"\" == \""`, Window{Start: noon, End: noon.Add(time.Hour)})
	if !ok || !grantsAt(activation)(samples[1]) {
		t.Errorf("the model of 1.8.1 makes %q of it, %v, which grants nothing in 1970", activation, ok)
	}
}

// attack is the inside of a string that tries to get out of it.
func (a conditionWriter) attack() string {
	var b strings.Builder
	for range a.IntN(6) + 1 {
		b.WriteString(a.pick(`"`, `"`, `)`, `(`, `))`, `((`, ` || `, ` && `, `true`, `"" == "`, `\`, `\n`, "\n", `// `, `'`, `,`, ` + `, `x`, `]`, `[`, ` ? `, ` : `))
	}
	return b.String()
}

// aroundText are conditions of eligible bindings with a text as their resource condition, or in a
// string of it.
func aroundText(text string) []Condition {
	const self, terms = "has({}.jitAccessConstraint)", "has({}.jitAccessTerms)"
	inString := "resource.name == " + strconv.Quote(text)
	var all []Condition
	for _, condition := range []string{text, inString, "(false || " + inString + ")", "(" + inString + " || resource.type == " + strconv.Quote(text) + ")", "resource.name in [" + strconv.Quote(text) + "]", "!(" + inString + ")"} {
		for _, expression := range []string{
			self + " && " + condition, condition + " && " + self, self + " && " + terms + " && " + condition, self + " && " + condition + " && " + terms,
		} {
			all = append(all, Condition{Expression: expression})
		}
	}
	return all
}

func FuzzModel181(f *testing.F) {
	for _, seed := range []string{
		`x") || ("" == "`, `x")) || (("" == "`, `x" || "" == "`, `\`, `\n`, `\bx`, "x\") ||\n(\"\" == \"", `resource.name == 'x") || ("" == "'`, `x" // `, `") || true || ("`,
		`" ? true : "" == "`, `") ? true : ("" == "`, `", "`, `"] == [] || true || ["`, `") in [true] || ("`,
	} {
		for form := range aroundText(seed) {
			f.Add(seed, uint8(form))
		}
	}
	f.Fuzz(func(t *testing.T, text string, form uint8) {
		all := aroundText(text)
		checkNeverWidens(t, all[int(form)%len(all)])
	})
}

// The lenient parser took a third of a second for a string that opens thousands of brackets, for
// each of its bindings and each page. Allocations stand for time.
func TestReadEligible_ReadsStringsCheaply(t *testing.T) {
	for _, test := range []struct{ start, repeated, want string }{
		{`x" `, "(", ambiguousCondition},
		{`x" `, "[", ambiguousCondition},
		{`x" `, "[(", ambiguousCondition},
		{`x" `, "1==-", ambiguousCondition},
		{`x" || `, "a ? b : ", ambiguousCondition},
		{`^\d+ `, "[", ""},
		{`^\b `, "1==-", ambiguousCondition},
	} {
		text := test.start + strings.Repeat(test.repeated, 1_800/len(test.repeated))
		expression := "has({}.jitAccessConstraint) && resource.name.matches(" + strconv.Quote(text) + ")"
		var got Eligible
		allocations := testing.AllocsPerRun(1, func() { got, _, _ = ReadEligible(Condition{Expression: expression}) })
		if got.Unusable != test.want || allocations > 3_000 {
			t.Errorf("%q and many %q: closed because %q, after %.0f allocations; want %q after a few",
				test.start, test.repeated, got.Unusable, allocations, test.want)
		}
	}
}
