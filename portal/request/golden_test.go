package request

import "testing"

// Links that are on their way when the portal is updated are read by the next version, and the
// other way round.
func TestMint_ThePayloadStaysAsItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Claims)
		want   string
	}{
		"with a resource condition": {func(*Claims) {}, `{"iss":"portal@jit-access.iam.gserviceaccount.com","aud":"portal@jit-access.iam.gserviceaccount.com","iat":1795165200,"exp":1795168800,` +
			`"jti":"mpa-AAAABBBBCCCC-_12","beneficiary":"alice@example.com","reviewers":["bob@example.com","carol@example.com"],` +
			`"entitlement":"payments-prod:roles/compute.admin:cmVzb3VyY2UubmFtZSA9PSAieCI=","justification":"BUG-1 <disk> & é",` +
			`"start":1795165200,"end":1795172400,"v":1,"use":"approve","duration":7200,"binding":"0123456789abcdefghijABCDEFGHIJ-_0123456789a"}`},
		"on a project of a domain": {func(c *Claims) { c.Key = key("example.com:payments", "organizations/12/roles/x") }, `{"iss":"portal@jit-access.iam.gserviceaccount.com","aud":"portal@jit-access.iam.gserviceaccount.com","iat":1795165200,"exp":1795168800,` +
			`"jti":"mpa-AAAABBBBCCCC-_12","beneficiary":"alice@example.com","reviewers":["bob@example.com","carol@example.com"],` +
			`"entitlement":"example.com:payments:organizations/12/roles/x","justification":"BUG-1 <disk> & é",` +
			`"start":1795165200,"end":1795172400,"v":1,"use":"approve","duration":7200,"binding":"0123456789abcdefghijABCDEFGHIJ-_0123456789a"}`},
		"with the beneficiary's account": {func(c *Claims) { c.Subject = "accounts.google.com:118133858486581853996" }, `{"iss":"portal@jit-access.iam.gserviceaccount.com","aud":"portal@jit-access.iam.gserviceaccount.com","iat":1795165200,"exp":1795168800,` +
			`"jti":"mpa-AAAABBBBCCCC-_12","beneficiary":"alice@example.com","reviewers":["bob@example.com","carol@example.com"],` +
			`"entitlement":"payments-prod:roles/compute.admin:cmVzb3VyY2UubmFtZSA9PSAieCI=","justification":"BUG-1 <disk> & é",` +
			`"start":1795165200,"end":1795172400,"v":1,"use":"approve","duration":7200,"binding":"0123456789abcdefghijABCDEFGHIJ-_0123456789a",` +
			`"subject":"accounts.google.com:118133858486581853996"}`},
	} {
		claims := aliceClaims()
		c.change(&claims)
		if got, err := encodePayload(claims, account); err != nil || got != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c.want)
		}
	}
}
