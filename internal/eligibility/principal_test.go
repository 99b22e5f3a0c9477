package eligibility

import (
	"strings"
	"testing"
)

func TestParsePrincipal_FoldsTheAddress(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Principal{
		"user:alice@example.com":      {User, "alice@example.com"},
		"user:Alice@EXAMPLE.com":      {User, "alice@example.com"},
		"group:On-Call+1@example.com": {Group, "on-call+1@example.com"},
		"user:o'brien_x@b":            {User, "o'brien_x@b"},
	} {
		got, err := ParsePrincipal(s)
		if err != nil || got != want {
			t.Errorf("ParsePrincipal(%q) = %+v, %v, want %+v", s, got, err, want)
		}
		if back, err := ParsePrincipal(got.String()); err != nil || back != got {
			t.Errorf("ParsePrincipal(%q) = %+v, %v, want %+v", got, back, err, got)
		}
	}
}

func TestParsePrincipal_Refuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "user", "user:", "user:alice", "user:@", "user:alice@", "user:@example.com", "alice@example.com",
		"User:alice@example.com", "USER:alice@example.com", " user:alice@example.com", "user: alice@example.com",
		"user:alice@example.com ", "user:alice@example.com\n", "user:al\x00ice@example.com", "user:a b@example.com",
		"user:a@b@c", "user:user:alice@example.com", "user:alice@example.com,bob@example.com", "user:<a@b>", `user:"a"@b`,
		"user:alice@example.com?uid=1", "deleted:user:alice@example.com?uid=1", "serviceAccount:a@b.iam.gserviceaccount.com",
		"domain:example.com", "allUsers", "allAuthenticatedUsers", "principal://x", "projectOwner:x",
		"user:K\u212a@example.com", "user:ſ@example.com", "user:İ@example.com", "user:\u202ea@b", "user:\xff@b",
		"user:" + strings.Repeat("a", 320) + "@b",
	} {
		if got, err := ParsePrincipal(s); err == nil || got != (Principal{}) {
			t.Errorf("ParsePrincipal(%q) = %+v, %v, want an error", s, got, err)
		}
	}
}

func TestPrincipal_TheZeroValueIsNobody(t *testing.T) {
	t.Parallel()
	if got := (Principal{}).String(); got != "" {
		t.Errorf("String() = %q, want nothing", got)
	}
}

func FuzzParsePrincipal(f *testing.F) {
	for _, seed := range []string{"user:alice@example.com", "group:A@B", "deleted:user:a@b?uid=1", "user:a@b@c", "user:\u212a@b", ":@"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePrincipal(s)
		if err != nil {
			return
		}
		if !strings.EqualFold(p.String(), s) || len(p.String()) != len(s) {
			t.Fatalf("%q became %q", s, p)
		}
		if again, err := ParsePrincipal(p.String()); err != nil || again != p {
			t.Fatalf("%q became %+v, %v", p, again, err)
		}
	})
}
