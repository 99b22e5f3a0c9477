package eligibility

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const disksOnly = `resource.type == "compute.googleapis.com/Disk"`

func TestReadEligible_Accepts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, expression string
		constraint       Constraint
		condition        string
	}{
		{"self-approval", "has({}.jitAccessConstraint)", SelfApproval, ""},
		{"another case", "HAS({}.JitacceSSConstraint)", SelfApproval, ""},
		{"blanks, tabs and line breaks around", " \t\r\n has( { }.jitAccessConstraint )\n", SelfApproval, ""},
		{"multi-party approval", "has({}.multiPartyApprovalConstraint)", MultiPartyApproval, ""},
		{
			"comment lines",
			"// Require approval\nhas({}.multiPartyApprovalConstraint) &&\n\n// Disks only\n" + disksOnly + "\n",
			MultiPartyApproval, disksOnly,
		},
		{"the marker behind", disksOnly + " && has({}.jitAccessConstraint)", SelfApproval, disksOnly},
		{
			"the marker between", `resource.name=='x' && has({}.jitAccessConstraint) && ` + disksOnly,
			SelfApproval, `resource.name == "x" && ` + disksOnly,
		},
		{
			"parentheses around the rest", `has({}.jitAccessConstraint) && ((resource.name=='x') && (` + disksOnly + `))`,
			SelfApproval, `resource.name == "x" && ` + disksOnly,
		},
		{
			"an alternative in parentheses", `has({}.jitAccessConstraint) && (resource.name=='x' || resource.name=='y')`,
			SelfApproval, `resource.name == "x" || resource.name == "y"`,
		},
		{"the marker twice", "has({}.jitAccessConstraint) && has({}.jitAccessConstraint)", SelfApproval, ""},
		{
			"a function that this package does not know", `has({}.jitAccessConstraint) && resource.isNew('x')`,
			SelfApproval, `resource.isNew("x")`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok, findings := ReadEligible(Condition{Expression: test.expression})
			want := Eligible{Constraint: test.constraint, ResourceCondition: test.condition}
			if !ok || got != want || len(findings) > 0 {
				t.Errorf("ReadEligible(%q) = %+v, %v, %v, want %+v", test.expression, got, ok, findings, want)
			}
		})
	}
}

func TestReadEligible_IsSilentAboutOtherConditions(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		"", " \n", "1<2", disksOnly, "has(request.auth)", "a &&", `"`, "\x00", strings.Repeat("(", 500),
		`request.time < timestamp("2030-01-01T00:00:00Z")`, `resource.name == "constraint"`,
	} {
		if got, ok, findings := ReadEligible(Condition{Expression: expression}); ok || len(findings) > 0 {
			t.Errorf("ReadEligible(%q) = %+v, %v, %v", expression, got, ok, findings)
		}
	}
}

func TestReadEligible_FindsNearMisses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, expression, seen, write string
		grants                        bool
	}{
		{"misspelt", "has({}.jitAccessContraint)", "misspelt: jitAccessContraint", "Write has({}.jitAccessConstraint)", false},
		{
			"misspelt beside others", "has({}.multiPartyAprovalConstraint) && " + disksOnly,
			"misspelt: multiPartyAprovalConstraint", "Write has({}.multiPartyApprovalConstraint) && " + disksOnly, false,
		},
		{"written with hyphens of another language", "has({}.jit_access_constraint)", "misspelt", "has({}.jitAccessConstraint)", false},
		{"an unknown field", "has({}.approval)", "has({}.approval) is not a marker", "has({}.jitAccessConstraint)", false},
		{"negated", "!has({}.jitAccessConstraint)", "negation", "clause of its own", true},
		{"an alternative", "has({}.jitAccessConstraint) || 1<2", "||", "clause of its own", true},
		{"an alternative that never grants", "has({}.jitAccessConstraint) || false", "||", "clause of its own", false},
		{"an alternative beside it", "a || b && has({}.jitAccessConstraint)", "||", "clause of its own", true},
		{"an alternative in front of a clause", "has({}.jitAccessConstraint) && a || b", "||", "clause of its own", true},
		{"compared", "has({}.jitAccessConstraint) == true", "comparison", "clause of its own", false},
		{"compared the wrong way", "has({}.jitAccessConstraint) == false", "comparison", "clause of its own", true},
		{"compared otherwise", "has({}.jitAccessConstraint) != true", "comparison", "clause of its own", true},
		{"a choice", "has({}.jitAccessConstraint) ? true : false", "choice", "clause of its own", true},
		{"outer parentheses", "(has({}.jitAccessConstraint))", "parentheses around it", "Write has({}.jitAccessConstraint)", false},
		{
			"outer parentheses around all", "(" + disksOnly + " && has({}.jitAccessConstraint))",
			"parentheses around it", "Write has({}.jitAccessConstraint) && " + disksOnly, false,
		},
		{"a trailing comment", "has({}.jitAccessConstraint) // ask", "comment on the same line", "Write has({}.jitAccessConstraint)", false},
		{
			"a trailing comment elsewhere", "has({}.jitAccessConstraint) && " + disksOnly + " // disks",
			"comment on the same line", "Write has({}.jitAccessConstraint) && " + disksOnly, false,
		},
		{"only in a comment", "true // has({}.jitAccessConstraint)", "in a comment", "clause of its own", true},
		{"on a comment line", "// has({}.jitAccessConstraint)\ntrue", "in a comment", "clause of its own", true},
		{"in a string", `resource.name == "has({}.jitAccessConstraint)"`, "in a string", "clause of its own", true},
		{
			"in a string that 1.8.1 takes apart", `resource.name == "\" && has({}.jitAccessConstraint) && \""`,
			"in a string", "clause of its own", true,
		},
		{
			"behind a string that 1.8.1 misreads", `resource.name == "it's" && has({}.jitAccessConstraint)`,
			"quotes or parentheses in a string", `Write has({}.jitAccessConstraint) && resource.name == "it's"`, false,
		},
		{"without has", "{}.jitAccessConstraint", "not written as", "clause of its own", true},
		{"of something", "has(request.jitAccessConstraint)", "not written as", "clause of its own", true},
		{"on its own", "jitAccessConstraint", "not written as", "clause of its own", true},
		{"as a function", "jitAccessConstraint()", "not written as", "clause of its own", true},
		{"in a function", "size(has({}.jitAccessConstraint))", "inside another expression", "clause of its own", true},
		{"in a list", "true in [has({}.jitAccessConstraint)]", "in a list", "clause of its own", true},
		{"in a map", "{true: has({}.jitAccessConstraint)}[true]", "in a map", "clause of its own", true},
		{"unclosed", "has({}.jitAccessConstraint", "cannot be read", "clause of its own", true},
		{"broken by blanks", "has({}.jit Access Constraint)", "cannot be read", "clause of its own", true},
		{
			"too long", "has({}.jitAccessConstraint) && resource.name != '" + strings.Repeat("x", maxExpression) + "'",
			"more than 12288 bytes", "clause of its own", true,
		},
		{
			"too deep", "has({}.jitAccessConstraint) && " + strings.Repeat("(", 200) + "a" + strings.Repeat(")", 200),
			"recursion", "clause of its own", true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok, findings := ReadEligible(Condition{Expression: test.expression})
			if ok || len(findings) != 1 {
				t.Fatalf("ReadEligible(%q) = %+v, %v, %v, want one finding", test.expression, got, ok, findings)
			}
			f := findings[0]
			if !strings.Contains(f.Seen, test.seen) || !strings.Contains(f.Write, test.write) || f.Grants != test.grants {
				t.Errorf("ReadEligible(%q) found %+v, want %q, %q, grants %v", test.expression, f, test.seen, test.write, test.grants)
			}
		})
	}
}

func TestReadEligible_BothMarkersMeanSelfApproval(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		"has({}.jitAccessConstraint) && has({}.multiPartyApprovalConstraint)",
		"has({}.multiPartyApprovalConstraint) && has({}.jitAccessConstraint)",
	} {
		got, ok, findings := ReadEligible(Condition{Expression: expression})
		if !ok || got != (Eligible{Constraint: SelfApproval}) {
			t.Errorf("ReadEligible(%q) = %+v, %v, want self-approval", expression, got, ok)
		}
		if len(findings) != 1 || !strings.Contains(findings[0].Seen, "Both markers") || findings[0].Grants {
			t.Errorf("ReadEligible(%q) found %v, want a finding about both markers", expression, findings)
		}
	}
}

func TestReadEligible_TermsCloseTheBinding(t *testing.T) {
	t.Parallel()
	trailer := "Look after the disks [jitaccess max=4h]"
	for _, test := range []struct {
		name string
		c    Condition
	}{
		{"both halves", Condition{Description: trailer, Expression: "has({}.jitAccessConstraint) && has({}.jitAccessTerms)"}},
		{"the marker without a trailer", Condition{Expression: "has({}.jitAccessTerms) && has({}.jitAccessConstraint)"}},
		{"a marker in parentheses", Condition{Expression: "has({}.jitAccessConstraint) && (has({}.jitAccessTerms))"}},
		{"a marker in another case", Condition{Expression: "has({}.jitAccessConstraint) && has({}.JITACCESSTERMS)"}},
		{"a trailer without the marker", Condition{Description: trailer, Expression: "has({}.jitAccessConstraint)"}},
		{"a trailer in another case", Condition{Description: "[JitAccess", Expression: "has({}.jitAccessConstraint)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok, findings := ReadEligible(test.c)
			want := Eligible{Constraint: SelfApproval, Terms: true, Unusable: hasTerms}
			if !ok || got != want || len(findings) > 0 {
				t.Errorf("ReadEligible(%+v) = %+v, %v, %v, want %+v", test.c, got, ok, findings, want)
			}
		})
	}
}

func TestReadEligible_SaysWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, condition, unusable string }{
		{"a misspelt terms marker", "has({}.jitAccessTerm)", neverTrueCondition},
		{"any clause that is never true", disksOnly + " && has({}.whatever)", neverTrueCondition},
		{"eleven operators", "(" + strings.Repeat("resource.name == 'x' || ", 11) + "false)", tooComplexCondition},
		{"strings that 1.8.1 misreads", `resource.name == "a))b" && (true && false || true)`, ambiguousCondition},
		{"a text beyond what a reference holds", "resource.name != '" + strings.Repeat("x", 2048) + "'", tooLongCondition},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok, _ := ReadEligible(Condition{Expression: "has({}.jitAccessConstraint) && " + test.condition})
			if !ok || got.Unusable != test.unusable || got.ResourceCondition == "" {
				t.Errorf("ReadEligible(%q) = %+v, %v, want it unusable: %s", test.condition, got, ok, test.unusable)
			}
		})
	}
}

func TestReadEligible_RemarksOnAMisspeltClauseBesideAMarker(t *testing.T) {
	t.Parallel()
	_, ok, findings := ReadEligible(Condition{Expression: "has({}.jitAccessConstraint) && has({}.jitAccessTerm)"})
	if !ok || len(findings) != 1 || !strings.Contains(findings[0].Seen, "jitAccessTerm.") || findings[0].Grants {
		t.Errorf("found %v, want one about jitAccessTerm", findings)
	}
}

func TestWriteEligible_ReadsBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ condition, want string }{
		{"", "has({}.jitAccessConstraint)"},
		{" \n", "has({}.jitAccessConstraint)"},
		{"resource.name=='x'", `has({}.jitAccessConstraint) && resource.name == "x"`},
		{"resource.name=='x' || false", `has({}.jitAccessConstraint) && (resource.name == "x" || false)`},
		{"resource.name=='x' ? true : false", `has({}.jitAccessConstraint) && ((resource.name == "x") ? true : false)`},
		{"true && (true && false)", `has({}.jitAccessConstraint) && true && true && false`},
		{"true // && has({}.multiPartyApprovalConstraint)", `has({}.jitAccessConstraint) && true`},
		{`resource.name == "it's (here"`, `has({}.jitAccessConstraint) && resource.name == "it's (here"`},
		{
			strings.Repeat("resource.name == 'x' || ", 10) + "false",
			`has({}.jitAccessConstraint) && (` + strings.Repeat(`resource.name == "x" || `, 10) + "false)",
		},
	} {
		got, err := WriteEligible(SelfApproval, test.condition)
		if err != nil || got != test.want {
			t.Errorf("WriteEligible(%q) = %s, %v, want %s", test.condition, got, err, test.want)
		}
		condition, _ := Canonical(test.condition)
		back, ok, findings := ReadEligible(Condition{Expression: got})
		if want := (Eligible{Constraint: SelfApproval, ResourceCondition: condition}); !ok || back != want || len(findings) > 0 {
			t.Errorf("ReadEligible(%q) = %+v, %v, %v, want %+v", got, back, ok, findings, want)
		}
	}
}

func TestWriteEligible_Refuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, condition, want string }{
		{"what does not parse", "resource.name ==", "parsing"},
		{"what closes a parenthesis that it did not open", "true) || (true", "parsing"},
		{"what does not compile", "nobody == 1", "undeclared reference to 'nobody'"},
		{"what is neither true nor false", "resource.name", "type string"},
		{"another marker", "has({}.multiPartyApprovalConstraint)", "Both markers"},
		{"its own marker", "has({}.jitAccessConstraint)", "read the resource condition differently"},
		{"a marker in an alternative", "has({}.jitAccessConstraint) || true", "||"},
		{"the marker of terms", "has({}.jitAccessTerms)", "never true"},
		{"a misspelt marker", "has({}.jitAccessContraint)", "misspelt"},
		{"eleven operators", strings.Repeat("true && ", 11) + "true", "more than 10 logical operators"},
		{"eleven negations", strings.Repeat("!(", 11) + "true" + strings.Repeat(")", 11), "more than 10 logical operators"},
		{"a long text", "resource.name != '" + strings.Repeat("x", 2048) + "'", "more than 2048 characters"},
		{
			"strings that 1.8.1 takes for parentheses only in an activation",
			`resource.name == "a))b" && (true && false || true)`, "in an activation",
		},
		{
			"strings that 1.8.1 takes for parentheses",
			"resource.name == 'a)b' || (resource.name == 'c' && resource.name == ')')", "1.8.1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := WriteEligible(SelfApproval, test.condition)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("WriteEligible(%q) = %q, %v, want an error about %q", test.condition, got, err, test.want)
			}
		})
	}
	if got, err := WriteEligible("", ""); err == nil {
		t.Errorf("WriteEligible without a constraint = %q", got)
	}
}

func FuzzReadEligible(f *testing.F) {
	for _, seed := range []string{
		"has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint) && a", "a || b && has({}.jitAccessConstraint)",
		"// x\nhas({}.jitAccessConstraint) // y", `"has({}.jitAccessConstraint)" && '`, "has({}.jitAccessTerms) && has({}.jitAccessConstraint)",
		"(has({}.jitAccessConstraint)) && (b)", `has({}.jitAccessConstraint) && resource.name == "a)b" && r"\"`, "a &&& b", "!!!!has({}.x)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		e, ok, findings := ReadEligible(Condition{Expression: expression})
		if !ok {
			return
		}
		root, err := parseTree(expression)
		if err != nil || mayGrant(root) {
			t.Fatalf("%q is eligible and grants (%v)", expression, err)
		}
		if len(findings) > 0 || e.Unusable != "" {
			return
		}
		condition, err := Canonical(e.ResourceCondition)
		if err != nil {
			return
		}
		written, err := WriteEligible(e.Constraint, condition)
		if err != nil {
			t.Fatalf("%q cannot be written again: %v", expression, err)
		}
		again, ok, _ := ReadEligible(Condition{Expression: written})
		if diff := cmp.Diff(e, again); !ok || diff != "" {
			t.Fatalf("%q was written as %q (-read +again):\n%s", expression, written, diff)
		}
	})
}

// What is recognised without a parser reads as the long way reads it, which a blank before it
// takes.
func TestReadEligible_AMarkerAloneReadsLikeOneBesideABlank(t *testing.T) {
	t.Parallel()
	for _, c := range []Constraint{SelfApproval, MultiPartyApproval} {
		for _, description := range []string{"", "on call", "[jitaccess max=4h]"} {
			got, ok, findings := ReadEligible(Condition{Expression: c.Marker(), Description: description})
			want, long, others := ReadEligible(Condition{Expression: " " + c.Marker(), Description: description})
			if got != want || got.Constraint != c || !ok || !long || len(findings)+len(others) > 0 {
				t.Errorf("%s, %q: got %+v, %t, %v; the long way %+v, %t, %v", c, description, got, ok, findings, want, long, others)
			}
			if !isEligible(c.Marker()) || !isEligible(" "+c.Marker()) {
				t.Errorf("%s does not mark a binding as eligible", c)
			}
		}
	}
}
