package request

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// crowd are n reviewers.
func crowd(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("person-%03d@example.com", i)
	}
	return all
}

func TestRedeem_RefusesWhatLacksAClaim(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	tests := map[string]Reason{
		"iss": WrongIssuer, "aud": WrongAudience, "v": WrongUse, "use": WrongUse,
		"iat": BadContents, "exp": BadContents, "jti": BadContents, "beneficiary": BadContents, "reviewers": BadContents,
		"entitlement": BadContents, "justification": BadContents, "duration": BadContents, "binding": BadContents,
	}
	for name := range ours() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := g.token(but(ours(), members{name: nil}))
			want, needed := tests[name]
			if !needed { // start and end are for 1.8.1
				redeemed(t, g.redeemer(now), token, alices())
				return
			}
			refused(t, g.redeemer(now), token, want)
			refused(t, g.redeemer(now), g.token(but(ours(), members{name: (*int)(nil)})), notFor(name, want))
		})
	}
}

// notFor is the reason why a claim that is null is refused: a version that is
// null is one, and not ours.
func notFor(name string, missing Reason) Reason {
	if name == "v" {
		return WrongVersion
	}
	return missing
}

func TestRedeem_RefusesClaims(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]struct {
		change members
		want   Reason
	}{
		"foreign issuer":                 {members{"iss": "mallory@jit-access.iam.gserviceaccount.com"}, WrongIssuer},
		"Google as the issuer":           {members{"iss": "https://accounts.google.com"}, WrongIssuer},
		"issuer in upper case":           {members{"iss": strings.ToUpper(account)}, WrongIssuer},
		"issuer is a list":               {members{"iss": []string{account}}, WrongIssuer},
		"foreign audience":               {members{"aud": "https://oauth2.googleapis.com/token"}, WrongAudience},
		"audience is a list":             {members{"aud": []string{account}}, WrongAudience},
		"two audiences":                  {members{"aud": []string{account, "https://example.com"}}, WrongAudience},
		"wrong version":                  {members{"v": 2}, WrongVersion},
		"version zero":                   {members{"v": 0}, WrongVersion},
		"version is text":                {members{"v": "1"}, WrongVersion},
		"version is a list":              {members{"v": []int{1}}, WrongVersion},
		"version in upper case":          {members{"v": nil, "V": 1}, WrongUse},
		"wrong use":                      {members{"use": "decline"}, WrongUse},
		"use in another case":            {members{"use": "Approve"}, WrongUse},
		"use is a list":                  {members{"use": []string{"approve"}}, WrongUse},
		"wrong version and wrong use":    {members{"v": 2, "use": "decline"}, WrongVersion},
		"issued in the future":           {members{"iat": at(31 * time.Second)}, NotYetValid},
		"issued next year":               {members{"iat": at(9000 * time.Hour), "exp": at(9001 * time.Hour)}, NotYetValid},
		"issued at text":                 {members{"iat": "now"}, BadContents},
		"issued within a second":         {members{"iat": float64(now.Unix()) - 0.5}, BadContents},
		"issued at a negative time":      {members{"iat": -5, "exp": 60}, BadContents},
		"valid from later":               {members{"nbf": at(time.Minute)}, BadContents},
		"expires too far":                {members{"exp": at(12*time.Hour + time.Second)}, BadContents},
		"expires in the year 10000":      {members{"iat": maxNumber, "exp": maxNumber + 1}, BadContents},
		"expires at an absurd time":      {members{"exp": 1e300}, BadContents},
		"expires before it is issued":    {members{"exp": at(-time.Second)}, BadContents},
		"expires as it is issued":        {members{"exp": at(0)}, BadContents},
		"expires at text":                {members{"exp": fmt.Sprint(at(time.Hour))}, BadContents},
		"id of a self-activation":        {members{"jti": "jit-AAAABBBBCCCCDDDD"}, BadContents},
		"id of 1.8.1":                    {members{"jti": "mpa-AAAABBBBCCCC+/12"}, BadContents},
		"id with more behind it":         {members{"jti": "mpa-AAAABBBBCCCCDDDD\n"}, BadContents},
		"id is a number":                 {members{"jti": 5}, BadContents},
		"beneficiary of two":             {members{"beneficiary": "alice@example.com,bob@example.com"}, BadContents},
		"beneficiary with a line break":  {members{"beneficiary": "alice@example.com\r\nBcc: eve@example.com"}, BadContents},
		"beneficiary that folds":         {members{"beneficiary": "ma\u212ae@example.com"}, BadContents}, // Kelvin sign, lower case k
		"beneficiary is a list":          {members{"beneficiary": []string{"alice@example.com"}}, BadContents},
		"beneficiary is a group":         {members{"beneficiary": "group:oncall@example.com"}, BadContents},
		"their own reviewer":             {members{"reviewers": []string{"alice@example.com", "bob@example.com"}}, BadContents},
		"their own reviewer, other case": {members{"reviewers": []string{"ALICE@example.com", "bob@example.com"}}, BadContents},
		"no reviewers":                   {members{"reviewers": []string{}}, BadContents},
		"a reviewer as text":             {members{"reviewers": "bob@example.com"}, BadContents},
		"a reviewer who is null":         {members{"reviewers": []any{"bob@example.com", nil}}, BadContents},
		"a reviewer with a blank":        {members{"reviewers": []string{"bob @example.com"}}, BadContents},
		"a reviewer with a line break":   {members{"reviewers": []string{"bob@example.com\n"}}, BadContents},
		"a reviewer beyond ASCII":        {members{"reviewers": []string{"b\u043eb@example.com"}}, BadContents},
		"a reviewer without a domain":    {members{"reviewers": []string{"bob"}}, BadContents},
		"101 reviewers":                  {members{"reviewers": crowd(101)}, BadContents},
		"justification of 100":           {members{"justification": strings.Repeat("x", 100)}, BadContents},
		"justification of 100 units":     {members{"justification": strings.Repeat("\U0001f600", 50)}, BadContents},
		"justification is blank":         {members{"justification": " \u00a0"}, BadContents},
		"justification shows nothing":    {members{"justification": "\u200b\u3164"}, BadContents},
		"justification of two lines":     {members{"justification": "BUG-1\r\nBcc: eve@example.com"}, BadContents},
		"justification with a tab":       {members{"justification": "BUG-1\t"}, BadContents},
		"justification with NUL":         {members{"justification": "BUG-1\x00"}, BadContents},
		"justification with C1":          {members{"justification": "BUG-1\u0085"}, BadContents},
		"justification of paragraphs":    {members{"justification": "BUG-1\u2029x"}, BadContents},
		"justification that turns":       {members{"justification": "BUG-1 \u202egnihton"}, BadContents},
		"justification is a number":      {members{"justification": 1}, BadContents},
		"no duration":                    {members{"duration": 0}, BadContents},
		"negative duration":              {members{"duration": -60}, BadContents},
		"half a second":                  {members{"duration": 0.5}, BadContents},
		"too long a duration":            {members{"duration": 365*24*3600 + 1}, BadContents},
		"a duration that overflows":      {members{"duration": 18446744074}, BadContents},
		"duration as text":               {members{"duration": "2h"}, BadContents},
		"short binding":                  {members{"binding": digest[1:]}, BadContents},
		"binding with a blank":           {members{"binding": " " + digest[1:]}, BadContents},
		"binding is a number":            {members{"binding": 5}, BadContents},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, g.redeemer(now), g.token(but(ours(), tt.change)), tt.want)
		})
	}
}

func TestRedeem_AcceptsWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	tests := map[string]members{
		"claims that we do not know":  {"new": members{"a": 1}, "Beneficiary": "mallory@example.com", "EXP": 1},
		"another window for 1.8.1":    {"start": 1, "end": "never"},
		"addresses in other case":     {"beneficiary": "Alice@Example.com", "reviewers": []string{"CAROL@example.com", "bob@EXAMPLE.com"}},
		"reviewers twice":             {"reviewers": []string{"carol@example.com", "bob@example.com", "carol@example.com"}},
		"condition in other spelling": {"entitlement": "payments-prod:roles/compute.admin:cmVzb3VyY2UubmFtZT09J3gn"},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redeemed(t, g.redeemer(now), g.token(but(ours(), change)), alices())
		})
	}
}

func TestNumber_IsWholeAndBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		claim   any
		number  int64
		seconds time.Duration
	}{
		{1.0, 1, time.Second},
		{31536000.0, 31536000, 365 * 24 * time.Hour},
		{31536001.0, 31536001, 0},
		{18446744074.0, 18446744074, 0}, // in nanoseconds, more than 64 bits hold
		{float64(maxNumber), maxNumber, 0},
		{float64(maxNumber + 1), 0, 0},
		{1e300, 0, 0}, {0.0, 0, 0}, {-1.0, 0, 0}, {1.5, 0, 0}, {"1", 0, 0}, {true, 0, 0}, {nil, 0, 0}, {[]any{1.0}, 0, 0},
	} {
		said := jwt.MapClaims{"n": tt.claim}
		if got := number(said, "n"); got != tt.number {
			t.Errorf("number of %v: got %d, want %d", tt.claim, got, tt.number)
		}
		if got := seconds(said, "n"); got != tt.seconds {
			t.Errorf("seconds of %v: got %v, want %v", tt.claim, got, tt.seconds)
		}
	}
}

func TestRedeem_WithoutAccountRefusesEverything(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	r := NewRedeemer("", g.redeemer(now).keys, func() time.Time { return now })
	for _, iss := range []any{account, "", nil} {
		refused(t, r, g.token(but(ours(), members{"iss": iss, "aud": iss})), WrongIssuer)
	}
}

// FuzzRead holds that whatever is believed can be written again and says the same.
func FuzzRead(f *testing.F) {
	f.Add(encoded(ours()))
	f.Add(encoded(theirs()))
	f.Add(`{"iss":"` + account + `","aud":"` + account + `","v":1e0,"use":"approve","reviewers":[null,{}],"duration":1e308}`)
	f.Fuzz(func(t *testing.T, payload string) {
		var said jwt.MapClaims
		if json.Unmarshal([]byte(payload), &said) != nil {
			return
		}
		c, err := read(said, account)
		if err != nil || c.Fixed != nil {
			return
		}
		again, err := write(c, account)
		if err != nil {
			t.Fatalf("%s was read as %+v, which cannot be written: %v", payload, c, err)
		}
		if err := json.Unmarshal([]byte(again), &said); err != nil {
			t.Fatal(err)
		}
		back, err := read(said, account)
		if diff := cmp.Diff(c, back); diff != "" || err != nil {
			t.Errorf("%s, written again as %s: %v (-want +got):\n%s", payload, again, err, diff)
		}
	})
}

func TestReadEntitlement_Refuses(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"", ":", "payments-prod", "payments-prod:", ":roles/viewer", "roles/viewer", "payments-prod:viewer", "payments-prod:roles/",
		"payments-prod:roles/a/b", "payments-prod:roles/viewer:", "payments-prod:roles/viewer:QQ", "payments-prod:roles/viewer:QQ==:QQ==",
		"payments-prod:roles/viewer:QQ=\n=", "payments-prod:roles/viewer:IA==", "payments-prod:roles/viewer:ICA9PQ==",
		"payments-prod:roles/viewer:_w==", "payments-prod:roles/viewer:/w==", "payments-prod:roles/viewer:cmVzb3VyY2UubmFtZSA9PSAi/yI=", "payments-prod:roles/viewer:dHJ1ZR==",
		"Payments:roles/viewer", "123456:roles/viewer", "../x:roles/viewer", "a?b:roles/viewer", "payments-prod/x:roles/viewer",
		"a:b:c:roles/viewer", "payments-prod:folders/1/roles/x", "payments-prod:organizations/x/roles/y", "payments-prod:roles/viewer\n",
		"payments-prod:projects/p/q/roles/x", " payments-prod:roles/viewer", "payments-prod:roles/view er",
		strings.Repeat("a", 200) + ":roles/viewer", "payments-prod:roles/" + strings.Repeat("a", 200),
	} {
		if key, ok := readEntitlement(id); ok {
			t.Errorf("%q was read as %+v", id, key)
		}
	}
}

func FuzzReadEntitlement(f *testing.F) {
	for _, id := range []string{
		"payments-prod:roles/viewer", "example.com:p:roles/viewer", "p:projects/example.com:p/roles/x:cmVzb3VyY2UubmFtZSA9PSAieCI=",
		"p:organizations/1/roles/x:dHJ1ZQ==", "a:b:roles/c", "roles:roles/roles", "projects:projects/roles/roles/roles",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		key, ok := readEntitlement(id)
		if !ok {
			return
		}
		again := writeEntitlement(key)
		if back, ok := readEntitlement(again); !ok || back != key {
			t.Errorf("%q is %+v, is %q, is %+v, %v", id, key, again, back, ok)
		}
		if key.ResourceCondition == "" && again != id {
			t.Errorf("%q and %q are the same key %+v", id, again, key)
		}
	})
}

func TestReasons_AreDistinctNames(t *testing.T) {
	t.Parallel()
	all := []Reason{Malformed, WrongAlgorithm, Critical, UnknownKey, BadSignature, WrongIssuer, WrongAudience, WrongUse,
		WrongVersion, Expired, NotYetValid, BadContents, KeysUnavailable}
	want := []Reason{"algorithm", "audience", "contents", "critical", "expired", "issuer", "keys-unavailable", "malformed",
		"not-yet-valid", "signature", "unknown-key", "use", "version"}
	slices.Sort(all)
	if !slices.Equal(all, want) {
		t.Errorf("got %q, want %q: events have these names", all, want)
	}
}
