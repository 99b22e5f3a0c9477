package iamrole

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNearest_AreTheMostAlikeFirst(t *testing.T) {
	t.Parallel()
	names := []string{
		"roles/compute.viewer", "roles/compute.networkViewer", "roles/compute.admin", "roles/compute.osLogin", "roles/compute.osAdminLogin",
		"roles/container.viewer", "roles/run.viewer", "roles/run.admin", "roles/run.invoker", "roles/dns.admin", "roles/iap.admin",
		"projects/payments-prod/roles/operator", "projects/payments-prod/roles/operator2", "organizations/1/roles/operator",
	}
	for role, want := range map[string][]string{
		"roles/compute.viewerr":                  {"roles/compute.viewer"},
		"roles/compute.veiwer":                   {"roles/compute.viewer"},
		"roles/Compute.Viewer":                   {"roles/compute.viewer"},
		"roles/compute.osadminlogin":             {"roles/compute.osAdminLogin"},
		"roles/compute.oslogins":                 {"roles/compute.osLogin"},
		"roles/un.admin":                         {"roles/run.admin", "roles/dns.admin"},
		"roles/rn.admin":                         {"roles/run.admin", "roles/dns.admin"},
		"roles/r.admin":                          {"roles/run.admin"},
		"projects/payments-prod/roles/operatr":   {"projects/payments-prod/roles/operator", "projects/payments-prod/roles/operator2"},
		"projects/payments-pord/roles/operator2": {"projects/payments-prod/roles/operator2"},
		"roles/bigquery.dataViewer":              nil,
		"roles/compute.viewer":                   nil, // itself
		"":                                       nil,
	} {
		if diff := cmp.Diff(want, Nearest(role, names)); diff != "" {
			t.Errorf("nearest to %q (-want +got):\n%s", role, diff)
		}
	}
	if got := Nearest("roles/x.yz", []string{"roles/x.y4", "roles/x.y3", "roles/x.y2", "roles/x.y1"}); len(got) != 3 || got[0] != "roles/x.y1" {
		t.Errorf("of four that are equally near: %q, want the first three by name", got)
	}
}

func TestEditDistance_IsThatOfLevenshtein(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"viewer", "veiwer", 2}, {"abc", "abc", 0},
	} {
		if got := editDistance(test.a, test.b, 10); got != test.want {
			t.Errorf("from %q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
	if got := editDistance("a", "abcdef", 3); got <= 3 {
		t.Errorf("beyond the limit: %d, want more than 3", got)
	}
}
