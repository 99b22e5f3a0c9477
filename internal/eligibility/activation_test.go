package eligibility

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const exampleID = "jit-AAECAwQFBgcICQoL"

func example() Activation {
	start := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	return Activation{
		Key:         Key{Resource: "projects/apollo", Role: "roles/compute.admin"},
		User:        "alice@example.com",
		Window:      Window{Start: start, End: start.Add(5 * time.Minute)},
		ID:          exampleID,
		Description: SelfApprovedDescription("CASE-1"),
	}
}

const exampleWindow = `(request.time >= timestamp("2040-01-01T00:00:00Z") && request.time < timestamp("2040-01-01T00:05:00Z"))`

func TestWriteActivation_IsByteForByteThatOfJITAccess181(t *testing.T) {
	t.Parallel()
	b, err := WriteActivation(example())
	want := Binding{
		Role:    "roles/compute.admin",
		Members: []string{"user:alice@example.com"},
		Condition: &Condition{
			Title:       "JIT access activation",
			Description: "Self-approved, justification: CASE-1 [jit-AAECAwQFBgcICQoL]",
			Expression:  exampleWindow,
		},
	}
	if diff := cmp.Diff(want, b); err != nil || diff != "" {
		t.Errorf("without a resource condition: %v (-want +got):\n%s", err, diff)
	}
	a := example()
	a.ResourceCondition = `resource.name == "x" || ` + disksOnly
	b, err = WriteActivation(a)
	want.Condition.Expression = `(` + exampleWindow + `) && (resource.name == "x" || ` + disksOnly + `)`
	if diff := cmp.Diff(want, b); err != nil || diff != "" {
		t.Errorf("with a resource condition: %v (-want +got):\n%s", err, diff)
	}
}

func TestWriteActivation_CutsToWholeSecondsInUTC(t *testing.T) {
	t.Parallel()
	a := example()
	zone := time.FixedZone("", 3600)
	a.Window = Window{Start: a.Window.Start.Add(999 * time.Millisecond).In(zone), End: a.Window.End.In(zone)}
	b, err := WriteActivation(a)
	if err != nil || b.Condition.Expression != exampleWindow {
		t.Errorf("WriteActivation = %+v, %v, want %s", b.Condition, err, exampleWindow)
	}
}

func TestWriteActivation_AnEndedActivationMayHaveAnEmptyWindow(t *testing.T) {
	t.Parallel()
	a := example()
	a.Window.End = a.Window.Start
	b, err := WriteActivation(a)
	if err != nil {
		t.Fatal(err)
	}
	if back, ok, _ := ReadActivation("projects/apollo", b); !ok || back != a {
		t.Errorf("read back %+v, %v, want %+v", back, ok, a)
	}
}

func TestWriteActivation_CutsTheDescriptionButNeverTheID(t *testing.T) {
	t.Parallel()
	a := example()
	for n := 225; n < 240; n++ {
		a.Description = strings.Repeat("é", n)
		b, err := WriteActivation(a)
		if err != nil {
			t.Fatal(err)
		}
		got := b.Condition.Description
		if c := utf8.RuneCountInString(got); c > 256 || c < min(n+23, 256) || !utf8.ValidString(got) || !strings.HasSuffix(got, " ["+exampleID+"]") {
			t.Errorf("%d characters became %d: %s", n, c, got)
		}
	}
}

func TestWriteActivation_PutsBlanksForControlCharacters(t *testing.T) {
	t.Parallel()
	a := example()
	a.Description = "a\r\nb\tc\x00d\u0085e\xff"
	b, err := WriteActivation(a)
	if want := "a  b c d e  [" + exampleID + "]"; err != nil || b.Condition.Description != want {
		t.Errorf("description %q, %v, want %q", b.Condition.Description, err, want)
	}
}

func TestWriteActivation_Refuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		spoil      func(*Activation)
	}{
		{"no role", "no role", func(a *Activation) { a.Role = "" }},
		{"a basic role", "basic role", func(a *Activation) { a.Role = "roles/owner" }},
		{"no user", "no address", func(a *Activation) { a.User = "" }},
		{"a user who is none", "character", func(a *Activation) { a.User = "alice@example.com,user:bob" }},
		{"a window that ends before it starts", "ends before", func(a *Activation) { a.Window.End = a.Window.Start.Add(-time.Second) }},
		{"a window beyond RFC 3339", "years", func(a *Activation) { a.Window.End = a.Window.End.AddDate(8000, 0, 0) }},
		{"a foreign id", "id", func(a *Activation) { a.ID = "jit-x] [jit-y" }},
		{"a description that looks like an id", "same", func(a *Activation) { a.ID, a.Description = "", "x ["+exampleID+"]" }},
		{"a resource condition that is not canonical", "same", func(a *Activation) { a.ResourceCondition = "resource.name=='x'" }},
		{"one that closes a parenthesis", "operators", func(a *Activation) { a.ResourceCondition = "true) || (true" }},
		{"one with a marker", "same", func(a *Activation) { a.ResourceCondition = "has({}.jitAccessConstraint)" }},
		{"one that 1.8.1 takes apart", "two ways", func(a *Activation) {
			a.ResourceCondition = `resource.name == "a)b" || true && resource.name == ")"`
		}},
		{"one with eleven operators", "11 logical operators", func(a *Activation) {
			a.ResourceCondition = strings.Repeat("true && ", 11) + "true"
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := example()
			test.spoil(&a)
			b, err := WriteActivation(a)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("WriteActivation(%+v) = %+v, %v, want an error about %q", a, b, err, test.want)
			}
		})
	}
}

func TestWriteActivation_TenOperatorsLeaveRoomForTheWindow(t *testing.T) {
	t.Parallel()
	a := example()
	a.ResourceCondition = strings.Repeat("true || ", 10) + "true"
	b, err := WriteActivation(a)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := Operators(b.Condition.Expression); err != nil || n != MaxOperators {
		t.Errorf("the activation has %d operators, %v, want %d", n, err, MaxOperators)
	}
}

func activationBinding(expression string, members ...string) Binding {
	if members == nil {
		members = []string{"user:alice@example.com"}
	}
	return Binding{Role: "roles/viewer2", Members: members, Condition: &Condition{Title: ActivationTitle, Expression: expression}}
}

func TestReadActivation_Recognises(t *testing.T) {
	t.Parallel()
	day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	window := Window{Start: day, End: day.Add(5 * time.Minute)}
	const text = `request.time >= timestamp("2020-01-01T00:00:00Z") && request.time < timestamp("2020-01-01T00:05:00Z")`
	for _, test := range []struct{ name, expression, condition string }{
		{"the window", `(` + text + `)`, ""},
		{"with a resource condition", `(` + text + `) && (resource.name=='x')`, `resource.name == "x"`},
		{"as 1.8.1 writes one", `((` + text + `)) && (resource.name == "x")`, `resource.name == "x"`},
		{"the window behind", `resource.name=='x' && (` + text + `)`, `resource.name == "x"`},
		{"several resource clauses", `(` + text + `) && true && (false || true)`, "true && (false || true)"},
		{"fractions of seconds", `(request.time >= timestamp("2020-01-01T00:00:00.5Z") && request.time < timestamp("2020-01-01T00:05:00.001Z"))`, ""},
		{"an offset", `(request.time >= timestamp("2020-01-01T00:00:00+00:00") && request.time < timestamp("2020-01-01T01:05:00+01:00"))`, ""},
		{"line breaks around", "\n(" + text + ")\n", ""},
		{"comment lines", "// for a while\n(" + text + ")", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok, findings := ReadActivation("projects/apollo", activationBinding(test.expression))
			want := Activation{Key: Key{"projects/apollo", "roles/viewer2", test.condition}, User: "alice@example.com", Window: window}
			if !ok || got != want || len(findings) > 0 {
				t.Errorf("ReadActivation(%q) = %+v, %v, %v, want %+v", test.expression, got, ok, findings, want)
			}
		})
	}
}

func TestReadActivation_FoldsTheMember(t *testing.T) {
	t.Parallel()
	a, ok, findings := ReadActivation("projects/apollo", activationBinding(exampleWindow, "user:Alice@Example.COM"))
	if !ok || a.User != "alice@example.com" || len(findings) > 0 {
		t.Errorf("ReadActivation = %+v, %v, %v", a, ok, findings)
	}
}

func TestReadActivation_TakesTheIDFromTheEndOfTheDescription(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ description, text, id string }{
		{"", "", ""},
		{"Self-approved, justification: x", "Self-approved, justification: x", ""},
		{"x [" + exampleID + "]", "x", exampleID},
		{" [mpa-AAECAwQFBgcICQ-_]", "", "mpa-AAECAwQFBgcICQ-_"},
		{"x [" + exampleID + "] [mpa-AAECAwQFBgcICQoL]", "x [" + exampleID + "]", "mpa-AAECAwQFBgcICQoL"},
		{"x [" + exampleID + "] y", "x [" + exampleID + "] y", ""},
		{"x[" + exampleID + "]", "x[" + exampleID + "]", ""},
		{"x [jit-AAECAwQFBgcICQ+/]", "x [jit-AAECAwQFBgcICQ+/]", ""},
		{"x [foo]", "x [foo]", ""},
	} {
		b := activationBinding(exampleWindow)
		b.Condition.Description = test.description
		a, ok, _ := ReadActivation("projects/apollo", b)
		if !ok || a.Description != test.text || a.ID != test.id {
			t.Errorf("%q was read as %q and %q (%v), want %q and %q", test.description, a.Description, a.ID, ok, test.text, test.id)
		}
	}
}

func TestReadActivation_IsSilentAboutOthers(t *testing.T) {
	t.Parallel()
	titled := func(title string) Binding {
		b := activationBinding(exampleWindow)
		b.Condition.Title = title
		return b
	}
	for name, b := range map[string]Binding{
		"an unconditional binding":     {Role: "roles/x", Members: []string{"user:alice@example.com"}},
		"another title":                titled("Temporary"),
		"the title in another case":    titled("JIT Access Activation"),
		"a deleted user":               activationBinding(exampleWindow, "deleted:user:alice@example.com?uid=1"),
		"a marker":                     activationBinding("has({}.jitAccessConstraint) && " + exampleWindow),
		"a marker behind":              activationBinding(exampleWindow + " && has({}.multiPartyApprovalConstraint)"),
		"a marker in parentheses":      activationBinding(exampleWindow + " && (has({}.jitAccessConstraint))"),
		"a marker of terms":            activationBinding(exampleWindow + " && has({}.jitAccessTerms)"),
		"a marker without any window":  activationBinding("has({}.jitAccessConstraint)"),
		"an eligible one of this name": activationBinding("has({}.jitAccessConstraint) && " + disksOnly),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a, ok, findings := ReadActivation("projects/apollo", b); ok || len(findings) > 0 {
				t.Errorf("ReadActivation = %+v, %v, %v", a, ok, findings)
			}
		})
	}
}

func TestReadActivation_FindsWhatHasTheTitleAndCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		b      Binding
		seen   string
		grants bool
	}{
		{"an empty condition", activationBinding(""), "no window", true},
		{"a condition that is never true", activationBinding("false"), "no window", false},
		{"no outer parentheses", activationBinding(exampleWindow[1 : len(exampleWindow)-1]), "no window", true},
		{"swapped operands", activationBinding(`(timestamp("2020-01-01T00:00:00Z") <= request.time && request.time < timestamp("2021-01-01T00:00:00Z"))`), "no window", true},
		{"more blanks", activationBinding(strings.Replace(exampleWindow, ">= ", ">=  ", 1)), "no window", true},
		{"a start that is no time", activationBinding(strings.Replace(exampleWindow, "2040", "x", 1)), "start of its window", true},
		{"an end that is no time", activationBinding(strings.Replace(exampleWindow, "00:05", "", 1)), "end of its window", true},
		{"an end before the start", activationBinding(strings.Replace(exampleWindow, "2040", "2041", 1)), "ends before", true},
		{"an alternative", activationBinding(exampleWindow + " && true || true"), "two ways", true},
		{"an alternative to the window", activationBinding(exampleWindow + " || true"), "no window", true},
		{"an alternative in the place of a time", activationBinding(exampleWindow + ` || (timestamp("2020-01-01T00:00:00Z"))`), "end of its window", true},
		{"parentheses out of balance", activationBinding("(" + exampleWindow), "cannot be read", true},
		{"a resource condition that 1.8.1 spoilt", activationBinding(exampleWindow + ` && (resource.name.matches("\d"))`), "cannot be read", true},
		{"several members", activationBinding(exampleWindow, "user:alice@example.com", "user:bob@example.com"), "2 members", true},
		{"no members", Binding{Condition: &Condition{Title: ActivationTitle, Expression: exampleWindow}}, "0 members", true},
		{"a group", activationBinding(exampleWindow, "group:oncall@example.com"), "is a group", true},
		{"a service account", activationBinding(exampleWindow, "serviceAccount:x@y.iam.gserviceaccount.com"), "not a user or a group", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, ok, findings := ReadActivation("projects/apollo", test.b)
			if ok || len(findings) != 1 {
				t.Fatalf("ReadActivation(%+v) = %+v, %v, %v, want one finding", test.b.Condition, a, ok, findings)
			}
			if f := findings[0]; !strings.Contains(f.Seen, test.seen) || f.Write == "" || f.Grants != test.grants {
				t.Errorf("found %+v, want %q, grants %v", f, test.seen, test.grants)
			}
		})
	}
}

func TestDescriptions_AreWordedAsIn181(t *testing.T) {
	t.Parallel()
	if got, want := SelfApprovedDescription("CASE-1"), "Self-approved, justification: CASE-1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := ApprovedDescription("bob@example.com", "CASE-1"), "Approved by bob@example.com, justification: CASE-1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWindow_IsHalfOpen(t *testing.T) {
	t.Parallel()
	w := example().Window
	for at, want := range map[time.Time]bool{
		w.Start.Add(-time.Nanosecond): false, w.Start: true, w.End.Add(-time.Nanosecond): true, w.End: false,
	} {
		if got := w.Contains(at); got != want {
			t.Errorf("Contains(%s) = %v, want %v", at, got, want)
		}
	}
	if got := w.Duration(); got != 5*time.Minute {
		t.Errorf("Duration() = %s, want 5m", got)
	}
}

func FuzzReadActivation(f *testing.F) {
	f.Add(exampleWindow, "user:alice@example.com", "x ["+exampleID+"]")
	f.Add("("+exampleWindow+") && (resource.name == \"x\")", "user:A@b", "")
	f.Add(exampleWindow+" && a || b", "group:a@b", " [] [")
	f.Add(`((request.time >= timestamp("a") && request.time < timestamp("b"))`, "", "\xff")
	f.Fuzz(func(t *testing.T, expression, member, description string) {
		b := Binding{Role: "roles/x", Members: []string{member}, Condition: &Condition{ActivationTitle, description, expression}}
		a, ok, _ := ReadActivation("projects/apollo", b)
		if !ok {
			return
		}
		root, err := parseTree(expression)
		if err != nil || hasMarker(root) {
			t.Fatalf("%q is an activation with a marker (%v)", expression, err)
		}
		if _, err := check(expression); err == nil && openAt(expression, a.Window.End.Add(time.Second)) {
			t.Fatalf("%q may grant after %s", expression, a.Window.End)
		}
		written, err := WriteActivation(a)
		if err != nil {
			return
		}
		again, ok, _ := ReadActivation("projects/apollo", written)
		again.Description, a.Description = "", ""
		if !ok || again != a {
			t.Fatalf("%+v was written as %+v and read as %+v", a, written, again)
		}
	})
}

func FuzzWriteActivation(f *testing.F) {
	f.Add("roles/x", "alice@example.com", "resource.name == \"x\"", "text", int64(0), int64(60))
	f.Add("", "a@b@c", ") || (", "x ["+exampleID+"]", int64(-1), int64(1<<60))
	f.Fuzz(func(t *testing.T, role, user, condition, description string, start, length int64) {
		begin := time.Unix(start, 0).UTC()
		a := Activation{Key{"projects/apollo", role, condition}, user, Window{begin, begin.Add(time.Duration(length))}, exampleID, description}
		b, err := WriteActivation(a)
		if err != nil {
			return
		}
		back, ok, findings := ReadActivation("projects/apollo", b)
		if !ok || len(findings) > 0 || back.Key != a.Key || back.ID != a.ID || back.Window != a.Window.wholeSeconds() {
			t.Fatalf("%+v came back as %+v, %v, %v", a, back, ok, findings)
		}
		if n := utf8.RuneCountInString(b.Condition.Description); n > maxDescription {
			t.Fatalf("the description has %d characters: %s", n, fmt.Sprintf("%q", b.Condition.Description))
		}
	})
}
