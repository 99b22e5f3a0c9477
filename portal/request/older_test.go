package request

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// olderPayload is the payload of a token of JIT Access 1.8.1.
func olderPayload() object {
	return with(ourPayload(), object{"v": nil, "use": nil, "duration": nil, "binding": nil, "jti": "mpa-AAAABBBBCCCC+/12"})
}

// olderClaims are its claims.
func olderClaims() Claims {
	c := aliceClaims()
	c.Binding, c.Fixed = "", &eligibility.Window{Start: now, End: now.Add(2 * time.Hour)}
	return c
}

func TestRedeem_HonoursATokenOf181(t *testing.T) {
	t.Parallel()
	// Put together by hand, in the order in which 1.8.1 sets the claims.
	const condition = `resource.type == "compute.googleapis.com/Disk"`
	payload := fmt.Sprintf(`{"aud":"%[1]s","exp":%[3]d,"iat":%[2]d,"iss":"%[1]s","jti":"mpa-AAAABBBBCCCC+/12",`+
		`"beneficiary":"alice@example.com","reviewers":["carol@example.com","bob@example.com"],`+
		`"entitlement":"payments-prod:roles/compute.admin:%[4]s","justification":"BUG-1 disk is full","start":%[5]d,"end":%[6]d}`,
		account, now.Unix(), now.Add(time.Hour).Unix(), base64.StdEncoding.EncodeToString([]byte(condition)),
		now.Add(-5*time.Second).Unix(), now.Add(-5*time.Second).Add(30*time.Minute).Unix())
	g := newGoogle()
	token := signed(portalKey(), `{"alg":"RS256","kid":"key-1","typ":"JWT"}`, payload)
	start := now.Add(-5 * time.Second)
	want := Claims{
		ID: "mpa-AAAABBBBCCCC-_12", Beneficiary: "alice@example.com", Reviewers: []string{"bob@example.com", "carol@example.com"},
		Key:           eligibility.Key{Resource: "projects/payments-prod", Role: "roles/compute.admin", ResourceCondition: condition},
		Justification: "BUG-1 disk is full", Duration: 30 * time.Minute, IssuedAt: now, Expires: now.Add(time.Hour),
		Fixed: &eligibility.Window{Start: start, End: start.Add(30 * time.Minute)},
	}
	link, err := Reveal(Obscure(token))
	if err != nil {
		t.Fatal(err)
	}
	checkRedeemed(t, g.redeemer(now.Add(time.Minute)), link, want)
	checkRedeemed(t, g.redeemer(now.Add(45*time.Minute)), link, want) // its window is over; that is not the token's business
}

func TestRedeem_AcceptsWhatATokenOf181MaySay(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	own := olderClaims()
	own.Reviewers = []string{"alice@example.com"}
	tests := map[string]struct {
		change object
		want   Claims
	}{
		"as it is":                         {nil, olderClaims()},
		"claims of ours without a version": {object{"duration": 60, "binding": digest, "subject": "accounts.google.com:1"}, olderClaims()},
		"who named themselves":             {object{"reviewers": []string{"Alice@Example.com"}}, own},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRedeemed(t, g.redeemer(now), g.token(with(olderPayload(), tt.change)), tt.want)
		})
	}
}

func TestRedeem_RefusesWhatNoTokenOf181Says(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]struct {
		change object
		want   Reason
	}{
		"without expiry":             {object{"exp": nil}, BadContents},
		"without time of issue":      {object{"iat": nil}, BadContents},
		"without id":                 {object{"jti": nil}, BadContents},
		"without beneficiary":        {object{"beneficiary": nil}, BadContents},
		"without reviewers":          {object{"reviewers": nil}, BadContents},
		"without entitlement":        {object{"entitlement": nil}, BadContents},
		"without justification":      {object{"justification": nil}, BadContents},
		"without start":              {object{"start": nil}, BadContents},
		"without end":                {object{"end": nil}, BadContents},
		"without start, end of 1970": {object{"start": nil, "end": 3600}, BadContents},
		"start as text":              {object{"start": fmt.Sprint(at(0))}, BadContents},
		"window of nothing":          {object{"end": at(0)}, BadContents},
		"window that ends before":    {object{"end": at(-time.Second)}, BadContents},
		"window of over a year":      {object{"end": at(365*24*time.Hour + time.Second)}, BadContents},
		"with our use":               {object{"use": "approve"}, WrongUse},
		"with a use that is null":    {object{"use": (*int)(nil)}, WrongUse},
		"with a version that is not": {object{"v": (*int)(nil)}, WrongVersion},
		"expires too far":            {object{"exp": at(13 * time.Hour)}, BadContents},
		"issued in the future":       {object{"iat": at(time.Minute)}, NotYetValid},
		"foreign issuer":             {object{"iss": "mallory@example.com"}, WrongIssuer},
		"foreign audience":           {object{"aud": "mallory@example.com"}, WrongAudience},
		"justification of 100":       {object{"justification": fmt.Sprintf("%100d", 1)}, BadContents},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, g.redeemer(now), g.token(with(olderPayload(), tt.change)), tt.want)
		})
	}
	checkRefused(t, g.redeemer(now.Add(time.Hour)), g.token(olderPayload()), Expired)
}
