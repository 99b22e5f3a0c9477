package eligibility

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// conditionWriter writes resource conditions that compile, in the many ways in which people write
// them, with strings that look like something else.
type conditionWriter struct{ *rand.Rand }

func (a conditionWriter) pick(texts ...string) string { return texts[a.IntN(len(texts))] }

func (a conditionWriter) blank() string { return a.pick("", " ", "  ", "\n", "\t", " // && ) \" '\n") }

func (a conditionWriter) truth(depth int) string {
	if depth == 0 {
		return a.pick("true", "false", "has({}.x)", a.comparison())
	}
	inner := func() string { return a.blank() + a.truth(depth-1) + a.blank() }
	switch a.IntN(9) {
	case 0, 1:
		return inner() + "&&" + inner()
	case 2, 3:
		return inner() + "||" + inner()
	case 4:
		return "!(" + inner() + ")"
	case 5:
		return "((" + inner() + "))"
	case 6:
		return "(" + inner() + "?" + inner() + ":" + inner() + ")"
	case 7:
		return fmt.Sprintf("[%s, %s].%s(x, x%s%s)", a.text(), a.text(), a.pick("exists", "all", "exists_one"), a.pick("==", "!=", " < "), a.text())
	}
	return a.comparison()
}

func (a conditionWriter) comparison() string {
	return a.pick(
		"resource.name"+a.blank()+"=="+a.blank()+a.text(),
		"resource.type.startsWith("+a.text()+")",
		a.text()+" in request.auth.access_levels",
		"destination.port"+a.pick("<", ">=", "==")+a.pick("0x50", "-1", "(80 - 2) * 3", "7 % (2 + 1)", "-(1 + 2)"),
		"request.time < timestamp(\"2030-01-01T00:00:00Z\")",
		"size("+a.text()+"+"+a.text()+") > 1",
	)
}

// text is a string literal of any kind.
func (a conditionWriter) text() string {
	inside := a.pick("x", "", "a)b", "(", "it's", "&&", "||", "//", "has({}.jitAccess", "é😀", "request.time", "{", "]")
	escape := a.pick("", `\n`, `\\`, `\"`, `\'`, `\x28`, `\u0029`, `\101`, "`", `\?`)
	switch a.IntN(5) {
	case 0:
		return "'" + strings.ReplaceAll(inside, "'", `\'`) + escape + "'"
	case 1:
		return `r"` + inside + `\d"`
	case 2:
		return "'''" + inside + "\n" + escape + "'''"
	case 3:
		return `"""` + escape + inside + `"""`
	}
	return `"` + inside + escape + `"`
}

// checkCanonical is what FuzzCanonical checks, for conditions that must compile.
func checkCanonical(t *testing.T, expression string) (text string) {
	t.Helper()
	text, err := Canonical(expression)
	if err != nil {
		t.Fatalf("Canonical(%q): %v", expression, err)
	}
	if again, err := Canonical(text); err != nil || again != text {
		t.Fatalf("Canonical(%q) = %q, %v, want the same", text, again, err)
	}
	for _, request := range samples {
		want, why := evaluate(t, expression, request)
		got, gotWhy := evaluate(t, text, request)
		if why != gotWhy || why == "" && want != got {
			t.Fatalf("%q is %v %s, but its canonical text %q is %v %s", expression, want, why, text, got, gotWhy)
		}
	}
	checkCannotWiden(t, text)
	return text
}

func TestResourceConditions_HoldHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	a := conditionWriter{rand.New(rand.NewPCG(1, 8))}
	written := 0
	for range 200 {
		activation := example()
		activation.ResourceCondition = checkCanonical(t, a.truth(a.IntN(4)))
		if _, err := WriteEligible(SelfApproval, activation.ResourceCondition); err != nil {
			continue
		}
		written++
		if _, err := WriteActivation(activation); err != nil {
			t.Errorf("%q can be eligible but not active: %v", activation.ResourceCondition, err)
		}
	}
	if written < 100 {
		t.Errorf("only %d of 200 could be written", written)
	}
}

func FuzzGrammar(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, one, two uint64) {
		a := conditionWriter{rand.New(rand.NewPCG(one, two))}
		checkCanonical(t, a.truth(a.IntN(5)))
	})
}
