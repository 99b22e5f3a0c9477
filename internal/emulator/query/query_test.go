package query_test

import (
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
)

func TestMatch_JoinsTerms(t *testing.T) {
	t.Parallel()
	fields := map[string]string{"name": "Payments production", "id": "payments-prod", "": "payments-prod"}
	for q, want := range map[string]bool{
		"":                               true,
		"id:payments-prod":               true,
		"id=pay*":                        true,
		"id:staging":                     false,
		"pay*":                           true,
		"id:prod name:production":        true,
		"id:prod AND name:nothing":       false,
		"id:nothing OR name:production":  true,
		"id:nothing OR name:nothing":     false,
		"id:nothing OR pay* OR id:never": true,
		`id:"payments-prod" name:"NOT"`:  false,
		`name:"payments production"`:     true,
		`name:"production payments"`:     false,
	} {
		parsed, err := query.Parse(q)
		if err != nil {
			t.Errorf("Parse(%s): %v", q, err)
			continue
		}
		got := parsed.Match(func(t query.Term) bool { return query.MatchesWords(fields[t.Field], t.Value) })
		if got != want {
			t.Errorf("%s matches: %t, want %t", q, got, want)
		}
	}
}

func TestParse_RefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	for _, q := range []string{
		"(", ")", "a OR", "OR a", "a AND OR b", "NOT", "NOT a", "(a)", "a:(b OR c)", `"a`, `a\`, `a\*`, "AND", "a OR b c", "a AND b OR c",
	} {
		if _, err := query.Parse(q); err == nil {
			t.Errorf("Parse(%s) found a query", q)
		}
	}
}

func TestMatchesWords_FindsWordsInARow(t *testing.T) {
	t.Parallel()
	if query.MatchesWords("", "*") || query.MatchesWords("", "") {
		t.Error("nothing has words")
	}
	const condition = "has({}.jitAccessConstraint) && resource.name == \"x\""
	for value, want := range map[string]bool{
		"jitAccessConstraint": true, "JITACCESSCONSTRAINT": true, "jitAccess*": true, "jitAccess": false, "Constraint": false,
		"has({}.jitAccessConstraint)": true, "*": true, "": false, "resource.na*": true,
	} {
		if got := query.MatchesWords(condition, value); got != want {
			t.Errorf("Words(%q, %q) = %t, want %t", condition, value, got, want)
		}
	}
}

func TestPage_GoesThroughAListToItsEnd(t *testing.T) {
	t.Parallel()
	list := strings.Split("a b c d e f g", " ")
	var got []string
	token := ""
	for range 10 {
		part, next, err := query.Page(list, 100, 2, 3, token)
		if err != nil || len(part) > 3 {
			t.Fatalf("Page(%q) = %v, %v, want at most the largest page", token, part, err)
		}
		got, token = append(got, part...), next
		if token == "" {
			break
		}
	}
	if strings.Join(got, " ") != "a b c d e f g" {
		t.Errorf("all pages together: %v, want %v", got, list)
	}
	if part, _, _ := query.Page(list, 0, 2, 3, ""); len(part) != 2 {
		t.Errorf("a page of no size: %v, want the standard size", part)
	}
	for _, bad := range []string{"!", "LTE", "OTk"} {
		if _, _, err := query.Page(list, 1, 1, 1, bad); err == nil {
			t.Errorf("Page took the token %q", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a:b OR (c NOT d)", `policy:"x y" resource=//a/b`, "a:(b OR c)", "((", `\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := query.Parse(text)
		if err != nil {
			return
		}
		asked := false
		matched := q.Match(func(query.Term) bool { asked = true; return true })
		if len(q.Terms) == 0 && (asked || !matched) {
			t.Errorf("%q has no terms, but does not match everything", text)
		}
	})
}
