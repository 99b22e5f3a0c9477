package eligibility

import (
	"strings"
	"testing"
)

// A condition that names the terms anywhere but in their marker was meant to have terms, so it is
// closed and found.
func TestReadEligible_ClosesTermsThatAreNoMarker(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, clause string }{
		{"a map with entries", `has({"jitAccessTerms": 1}.jitAccessTerms)`},
		{"a map with other entries", `has({"x": 1}.jitAccessTerms)`},
		{"negated", `!has({}.jitAccessTerms)`},
		{"compared", `has({}.jitAccessTerms) == false`},
		{"an alternative", `(has({}.jitAccessTerms) || resource.name == "x")`},
		{"in a choice", `(has({}.jitAccessTerms) ? false : true)`},
		{"a field of it", `has({}.jitAccessTerms.max)`},
		{"of something", `has(resource.jitAccessTerms)`},
		{"a string", `resource.name == "jitAccessTerms"`},
		{"a string in other case, escaped", `resource.name != "\x4aITACCESSTERMS"`},
		{"part of a string", `resource.name != "projects/_/buckets/the-jitAccessTerms_of_everybody"`},
		{"a name", `jitAccessTerms == 1`},
		{"a function", `jitAccessTerms()`},
		{"with a suffix", `has({}.jitAccessTerms_v3tn7tnlgj)`},
		{"beside a marker", `has({}.jitAccessTerms) && !has({}.jitAccessTerms)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expression := "has({}.jitAccessConstraint) && " + test.clause
			for _, description := range []string{"", "DBA [jitaccess max=4h]"} {
				got, ok, findings := ReadEligible(Condition{Expression: expression, Description: description})
				if !ok || got.Unusable != unmarkedTerms || len(findings) == 0 {
					t.Fatalf("ReadEligible(%q) = %+v, %v, %v, want it closed with a finding", expression, got, ok, findings)
				}
				if f := findings[len(findings)-1]; !strings.Contains(strings.ToLower(f.Seen), "terms") || f.Write == "" || f.Grants {
					t.Errorf("ReadEligible(%q) found %+v", expression, findings)
				}
			}
			if got, err := WriteEligible(SelfApproval, test.clause); err == nil {
				t.Errorf("WriteEligible(%q) = %q", test.clause, got)
			}
		})
	}
}

// Row T26: the clause is true for every request, so JIT Access 1.8.1 would grant by what is
// activated from it.
func TestReadEligible_AMapWithEntriesIsNoMarker(t *testing.T) {
	t.Parallel()
	got, _, _ := ReadEligible(Condition{Expression: `has({}.jitAccessConstraint) && has({"jitAccessTerms": 1}.jitAccessTerms)`})
	if got.Terms || got.ResourceCondition != `has({"jitAccessTerms": 1}.jitAccessTerms)` {
		t.Errorf("got %+v, want the clause as the resource condition", got)
	}
	for _, expression := range []string{
		`has({"jitAccessConstraint": 1}.jitAccessConstraint)`,
		`has({"x": 1}.multiPartyApprovalConstraint) && true`,
		`has({"jitAccessTerms": 1}.jitAccessTerms)`,
	} {
		if got, ok, findings := ReadEligible(Condition{Expression: expression}); ok || len(findings) != 1 || !findings[0].Grants {
			t.Errorf("ReadEligible(%q) = %+v, %v, %+v, want one finding that it may grant", expression, got, ok, findings)
		}
	}
}

func TestReadActivation_OnlyTheEmptyMapIsAMarker(t *testing.T) {
	t.Parallel()
	const window = `((request.time >= timestamp("2026-11-19T02:14:00Z") && request.time < timestamp("2026-11-19T03:14:00Z"))) && `
	for condition, marked := range map[string]bool{
		`(has({}.jitAccessTerms))`:                              true,
		`(true && has({}.jitAccessTerms))`:                      true,
		`(has({"jitAccessTerms": 1}.jitAccessTerms))`:           false,
		`(!has({}.jitAccessTerms))`:                             false,
		`(has({"jitAccessConstraint": 1}.jitAccessConstraint))`: false,
	} {
		b := Binding{Role: "roles/x", Members: []string{"user:alice@example.com"}, Condition: &Condition{Title: ActivationTitle, Expression: window + condition}}
		a, ok, findings := ReadActivation("projects/apollo", b)
		if ok == marked || len(findings) > 0 || ok && a.ResourceCondition != condition[1:len(condition)-1] {
			t.Errorf("ReadActivation(%q) = %+v, %v, %v, want an activation: %v", condition, a, ok, findings, !marked)
		}
	}
}
