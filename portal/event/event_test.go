package event

import "testing"

func TestGrant_ReadsAsIn181(t *testing.T) {
	t.Parallel()
	for want, g := range map[string]Grant{
		"[iam] roles/run.admin on payments-prod": {Resource: "projects/payments-prod", Role: "roles/run.admin", Digest: "x"},
		`[iam] roles/run.admin on example.com:payments (condition: resource.name == "x")`: {
			Resource: "projects/example.com:payments", Role: "roles/run.admin", Condition: `resource.name == "x"`,
		},
	} {
		if got := g.String(); got != want {
			t.Errorf("%+v reads %q, want %q", g, got, want)
		}
	}
}

// The words stand in addresses that people keep, and in the names of mails.
func TestVerb_MakesTheDecisionThatAddressesName(t *testing.T) {
	t.Parallel()
	for verb, want := range map[Verb]Decision{
		Approve: "approved", Decline: "declined", Withdraw: "withdrawn", Revoke: "revoked", End: "", Request: "", SignIn: "",
	} {
		if got := verb.Decision(); got != want {
			t.Errorf("%q makes a request %q, want %q", verb, got, want)
		}
	}
}
