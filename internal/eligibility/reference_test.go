package eligibility

import (
	"encoding/base64"
	"strings"
	"testing"
)

func exampleReference() Reference {
	return Reference{
		Role:              "roles/compute.admin",
		ResourceCondition: disksOnly,
		Constraint:        MultiPartyApproval,
		Hint: Evidence{
			Resource: "folders/12",
			Digest:   strings.Repeat("a", 43),
			Member:   Principal{Group, "oncall@example.com"},
		},
	}
}

func TestReference_ComesBackFromAForm(t *testing.T) {
	t.Parallel()
	bare := Reference{Role: "projects/apollo/roles/x", Constraint: SelfApproval}
	long := exampleReference()
	long.ResourceCondition = strings.Repeat(`"`, maxResourceCondition)
	for _, want := range []Reference{exampleReference(), bare, long} {
		s := want.Encode()
		if s == "" || len(s) > 4096 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("Encode() = %q, want URL-safe text of at most 4096 characters", s)
		}
		if got, err := ParseReference(s); err != nil || got != want {
			t.Errorf("ParseReference(%q) = %+v, %v, want %+v", s, got, err, want)
		}
	}
}

func TestReference_EncodesNothingThatWouldBeRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Reference){
		"no role":             func(r *Reference) { r.Role = "" },
		"a role with a blank": func(r *Reference) { r.Role = "roles/x y" },
		"no constraint":       func(r *Reference) { r.Constraint = "" },
		"too long":            func(r *Reference) { r.ResourceCondition = strings.Repeat("x", 4000) },
		"broken text":         func(r *Reference) { r.ResourceCondition = "\xff" },
		"a foreign resource":  func(r *Reference) { r.Hint.Resource = "projects/a/../b" },
		"a resource and more": func(r *Reference) { r.Hint.Resource = "folders/1?x=y" },
		"half a digest":       func(r *Reference) { r.Hint.Digest = "a" },
		"a foreign member":    func(r *Reference) { r.Hint.Member = Principal{"domain", "example.com"} },
		"an upper-case one":   func(r *Reference) { r.Hint.Member.Email = "Oncall@example.com" },
	} {
		r := exampleReference()
		spoil(&r)
		if got := r.Encode(); got != "" {
			t.Errorf("%s: Encode(%+v) = %q, want nothing", name, r, got)
		}
	}
}

// The longest reference that a form takes is encodable, and one character more is not.
func TestReference_IsEncodableUpToItsLimit(t *testing.T) {
	t.Parallel()
	r := exampleReference()
	for n := range 4 * maxReference {
		r.ResourceCondition = strings.Repeat("x", n)
		if text := r.Encode(); r.isEncodable() != (text != "") || text != "" && len(text) != r.encodedLength() {
			t.Fatalf("with %d characters in its condition: encodable %t, %d characters, and %d are encoded", n, r.isEncodable(), r.encodedLength(), len(text))
		}
	}
	if r.isEncodable() {
		t.Error("a reference of any length is encodable")
	}
}

func TestParseReference_Refuses(t *testing.T) {
	t.Parallel()
	good := exampleReference().Encode()
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	for name, s := range map[string]string{
		"nothing":           "",
		"a truncated one":   good[:len(good)-4],
		"something behind":  encode(append(raw[:len(raw):len(raw)], 0)),
		"another version":   encode(append([]byte{2}, raw[1:]...)),
		"padding":           good + "=",
		"line breaks":       good[:8] + "\n" + good[8:],
		"a length too many": encode([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}),
		"a length too long": encode([]byte{1, 0x80, 0x00, 0, 0, 0, 0, 0, 0}),
		"standard base64":   "AQ+/",
		"a long text":       strings.Repeat("A", 4097),
	} {
		if got, err := ParseReference(s); err == nil || got != (Reference{}) {
			t.Errorf("%s: ParseReference(%q) = %+v, %v, want an error", name, s, got, err)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add(exampleReference().Encode())
	f.Add("")
	f.Add("AQ")
	f.Add("AQEBAQEBAQEB")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseReference(s)
		if err != nil {
			return
		}
		if got := r.Encode(); got != s || r.encodedLength() != len(s) {
			t.Fatalf("%q came back as %q, and should have %d characters", s, got, r.encodedLength())
		}
	})
}

func TestReference_FindsTheBindingThatItNamesOrElseTheBest(t *testing.T) {
	t.Parallel()
	all := Entitlements("projects/apollo", []BindingAt{
		bindingAt("folders/1", "roles/a", peerMarker, "user:alice@example.com"),
		bindingAt("projects/apollo", "roles/a", peerMarker, "user:alice@example.com"),
		bindingAt("projects/apollo", "roles/a", peerMarker+" && "+disksOnly, "user:alice@example.com"),
		bindingAt("organizations/1", "roles/a", peerMarker+" && has({}.jitAccessTerms)", "user:alice@example.com"),
		bindingAt("projects/apollo", "roles/a", selfMarker, "user:alice@example.com"),
	}, alice, noon)
	digests := map[string]string{}
	for _, e := range all {
		if e.ResourceCondition == "" && e.Constraint == MultiPartyApproval {
			digests[e.Evidence.Resource] = e.Evidence.Digest
		}
	}
	if len(all) != 5 || len(digests) != 3 {
		t.Fatalf("entitlements = %+v, want all five", all)
	}
	for name, c := range map[string]struct{ digest, want string }{
		"no digest":                 {"", "projects/apollo"},
		"the folder's":              {digests["folders/1"], "folders/1"},
		"the project's":             {digests["projects/apollo"], "projects/apollo"},
		"one that is closed":        {digests["organizations/1"], "projects/apollo"},
		"one that nobody knows":     {strings.Repeat("a", 43), "projects/apollo"},
		"one of another constraint": {all[0].Evidence.Digest, "projects/apollo"},
	} {
		r := Reference{Role: "roles/a", Constraint: MultiPartyApproval, Hint: Evidence{Digest: c.digest}}
		if got, ok := r.Find(all); !ok || got.Evidence.Resource != c.want || got.Constraint != MultiPartyApproval || got.ResourceCondition != "" {
			t.Errorf("%s: found %+v, want that of %s", name, got, c.want)
		}
	}
	if got, ok := (Reference{Role: "roles/b", Constraint: MultiPartyApproval}).Find(all); ok {
		t.Errorf("found %+v for another role", got)
	}
}
