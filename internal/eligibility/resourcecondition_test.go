package eligibility

import (
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"
)

func TestCanonical_WritesOneTextForOneMeaning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, expression, want string }{
		{"nothing", "", ""},
		{"blanks", " \t\n", ""},
		{"spacing", "resource.name=='x'", `resource.name == "x"`},
		{"comments", "// first\nresource.name == // second\n'x' // third", `resource.name == "x"`},
		{"needless parentheses", "((resource.name) == ('x'))", `resource.name == "x"`},
		{"grouping of &&", "true && (true && (false && true))", "true && true && false && true"},
		{"grouping of ||", "(true || (true || false)) || true", "true || true || false || true"},
		{"needed parentheses", "(true || false) && true", "(true || false) && true"},
		{"double negation", "!!true", "true"},
		{"a raw string", `resource.name.matches(r'\d+"')`, `resource.name.matches("\\d+\"")`},
		{"an escaped string", `resource.name.matches("\\d+")`, `resource.name.matches("\\d+")`},
		{"a string of three quotes", "resource.name == '''a\n// b'''", `resource.name == "a\n// b"`},
		{"escapes of other languages", `resource.name == "\x41\101\u0041\U00000041\?\` + "`" + `"`, "resource.name == \"AAAA?`\""},
		{"letters beyond ASCII", `resource.name == 'é😀\u00e9'`, `resource.name == "é😀é"`},
		{"bytes", `b'\xff\000a' == b"\377\x00a"`, `b"\377\000\141" == b"\377\000\141"`},
		{"numbers", "destination.port == 0x50 && 1.50 < 2e3 && 1u == 0x1u && -1 < 0", "destination.port == 80 && 1.5 < 2000.0 && 1u == 1u && -1 < 0"},
		{"a macro", "['a','b'].exists(x,x==resource.name)", `["a", "b"].exists(x, x == resource.name)`},
		{"has", "has( {}.x )", "has({}.x)"},
		{"map and all", "['a'].map(x, x + 'b').all(y, y != '')", `["a"].map(x, x + "b").all(y, y != "")`},
		{"beyond eighty columns", strings.Repeat("resource.name=='x'&&", 9) + "true", strings.Repeat(`resource.name == "x" && `, 9) + "true"},
		{"access levels", "'a' in request.auth.access_levels", `"a" in request.auth.access_levels`},
		{"granted roles", "api.getAttribute('a',[]).hasOnly(['roles/x'])", `api.getAttribute("a", []).hasOnly(["roles/x"])`},
		{"an extract", "resource.name.extract('/b/{name}/')=='x'", `resource.name.extract("/b/{name}/") == "x"`},
		{"tags", "resource.matchTag('1/env','prod')", `resource.matchTag("1/env", "prod")`},
		{"a day", "request.time<date('2026-03-01')", `request.time < date("2026-03-01")`},
		{"an hour", "request.time.getHours('Europe/Berlin')<18", `request.time.getHours("Europe/Berlin") < 18`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Canonical(test.expression)
			if err != nil || got != test.want {
				t.Fatalf("Canonical(%q) = %s, %v, want %s", test.expression, got, err, test.want)
			}
			if again, err := Canonical(got); err != nil || again != got {
				t.Errorf("Canonical(%q) = %s, %v, want the same", got, again, err)
			}
		})
	}
}

func TestCanonical_Refuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, expression, want string }{
		{"half an expression", "resource.name ==", "parsing the resource condition"},
		{"a comment alone", "// nothing", "parsing the resource condition"},
		{"a closing parenthesis", "true) || (true", "parsing the resource condition"},
		{"an open string", `resource.name == "x`, "parsing the resource condition"},
		{"a quoted name", "resource.`name` == 'x'", "parsing the resource condition"},
		{"broken UTF-8", "resource.name == '\xff'", "not valid UTF-8"},
		{"too much of it", strings.Repeat(" ", maxExpression) + "true", "more than 12288 bytes"},
		{"too many levels", strings.Repeat("[", 120) + strings.Repeat("]", 120) + " == []", "recursion limit"},
		{"an unknown name", "true &&\n nobody", "undeclared reference to 'nobody' (line 2, column 2)"},
		{"an unknown function", "resource.name.foo()", "undeclared reference to 'foo'"},
		{"types that do not fit", "request.time < '2030'", "no matching overload"},
		{"what has no text of its own", "destination.port > -(1)", "no text that means the same"},
		{"no truth", "resource.name", "it is of type string"},
		{"a bad macro", "['a'].exists(1, true)", "compiling the resource condition"},
		{"has of nothing", "has(resource)", "compiling the resource condition"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Canonical(test.expression)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Canonical(%q) = %q, %v, want an error about %q", test.expression, got, err, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is not one line: %v", err)
			}
		})
	}
}

func TestOperators_CountsWhatIAMCounts(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]int{
		"":                               0,
		"true":                           0,
		"true && false || true":          2,
		"!true && !(false)":              3,
		"'&&' == '||'":                   0,
		"['a'].exists(x, x == 'a' || x)": 1,
		// The chain that Google's linter gives as an example of one too many.
		strings.Repeat("true || ", 13) + "true": 13,
	} {
		if got, err := Operators(expression); err != nil || got != want {
			t.Errorf("Operators(%q) = %d, %v, want %d", expression, got, err, want)
		}
	}
	if _, err := Operators("true &&"); err == nil {
		t.Error("Operators of half an expression is no error")
	}
}

// samples are requests to evaluate conditions for.
var samples = []map[string]any{
	{
		"resource.name": "x", "resource.type": "compute.googleapis.com/Disk", "resource.service": "compute.googleapis.com",
		"request.path": "/", "request.host": "h", "request.auth.access_levels": []string{"a"},
		"destination.ip": "10.0.0.1", "destination.port": int64(80), timeAttribute: time.Unix(1_800_000_000, 0).UTC(),
	},
	{
		"resource.name": `"\`, "resource.type": "", "resource.service": "é",
		"request.path": "", "request.host": "", "request.auth.access_levels": []string{},
		"destination.ip": "", "destination.port": int64(-1), timeAttribute: time.Unix(0, 0).UTC(),
	},
}

func evaluate(t *testing.T, expression string, request map[string]any) (ref.Val, string) {
	t.Helper()
	env, err := environment()
	if err != nil {
		t.Fatal(err)
	}
	checked, err := check(expression)
	if err != nil {
		t.Fatalf("%q does not compile: %v", expression, err)
	}
	program, err := env.Program(checked, cel.CostLimit(maxCost))
	if err != nil {
		return nil, "no program"
	}
	result, _, err := program.Eval(request)
	if err != nil {
		return nil, "an error"
	}
	return result, ""
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		"resource.name=='x'", "true || false && !true", "resource.name.matches(r'\\d')", "b'\\xff' == b''", "['a'].exists(x, x == resource.name)",
		"resource.name == 'a)b' || (true && resource.name == ')')", "-1 < - 1 && !(!true)", "1e300 > 0.1 && 5u != 0x5u", "true ? false : true ? true : false",
		"{'a': 1}['a'] == 1 && [1, 2][0] == 1", "resource.name == '''it's \"\n'''", "request.time.getHours('Europe/Berlin') < 3", "has({}.x) || true",
		"resource.name + 'a' == 'b' // c", "(true) && (true && (true))", "destination.port % 2 == 1 - (2 - 3)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		text, err := Canonical(expression)
		if err != nil || text == "" {
			return
		}
		if again, err := Canonical(text); err != nil || again != text {
			t.Fatalf("Canonical(%q) = %q, %v, want the same", text, again, err)
		}
		for _, request := range samples {
			want, why := evaluate(t, expression, request)
			got, gotWhy := evaluate(t, text, request)
			if why != gotWhy || why == "" && want.Equal(got).Value() != true {
				t.Fatalf("%q is %v %s, but its canonical text %q is %v %s", expression, want, why, text, got, gotWhy)
			}
		}
		checkCannotWiden(t, text)
	})
}

// checkCannotWiden holds what is written around a resource condition: the marker never grants, and
// the window closes.
func checkCannotWiden(t *testing.T, condition string) {
	t.Helper()
	if written, err := WriteEligible(SelfApproval, condition); err == nil {
		root, err := parseTree(written)
		if err != nil || mayGrant(root) {
			t.Fatalf("the eligible binding %q may grant (%v)", written, err)
		}
	}
	a := example()
	a.ResourceCondition = condition
	b, err := WriteActivation(a)
	if err != nil {
		return
	}
	for _, now := range []time.Time{a.Window.Start.Add(-time.Second), a.Window.End} {
		if openAt(b.Condition.Expression, now) {
			t.Fatalf("the activation %q may grant at %s", b.Condition.Expression, now)
		}
	}
}

func FuzzParsersAgree(f *testing.F) {
	for _, seed := range []string{
		"a", "a && b || !c", "-1.foo", "- -1", "!-1", "a ? b : c ? d : e", "a.b.c(d)[e]{}", "'a' + \"b\" + r'c' + b'd'", "0x1 + 1u + 1.5e3", ".a.b",
		"[1, 2,]", "{1: 2,}", "a in b in c", "has(a.b)", "a.exists(b, c)", "// x\na", "true", "null", "a.in", "Foo{a: 1}", "a \u00a0", "1 .a", "'\\", "\"\"\"\"\"\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		p, err := referenceParser()
		if err != nil {
			t.Fatal(err)
		}
		fastTree, fastErr := parseTree(expression)
		tree, err := parseWith(p, expression)
		if fastErr != nil || err != nil {
			return
		}
		want, err := canonical(tree)
		got, gotErr := canonical(fastTree)
		if want != got || (err == nil) != (gotErr == nil) {
			t.Fatalf("%q is %q, %v to the reference parser, and %q, %v to the fast one", expression, want, err, got, gotErr)
		}
	})
}
