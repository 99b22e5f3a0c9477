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

// numberedReviewers are n reviewers.
func numberedReviewers(n int) []string {
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
	for name := range ourPayload() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := g.token(with(ourPayload(), object{name: nil}))
			want, needed := tests[name]
			if !needed { // start and end are for 1.8.1
				checkRedeemed(t, g.redeemer(now), token, aliceClaims())
				return
			}
			checkRefused(t, g.redeemer(now), token, want)
			checkRefused(t, g.redeemer(now), g.token(with(ourPayload(), object{name: (*int)(nil)})), reasonOfNull(name, want))
		})
	}
}

// reasonOfNull is the reason why a claim that is null is refused: a version that is null is one,
// and not ours.
func reasonOfNull(name string, missing Reason) Reason {
	if name == "v" {
		return WrongVersion
	}
	return missing
}

func TestRedeem_RefusesClaimsThatAreMalformed(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]struct {
		change object
		want   Reason
	}{
		"foreign issuer":                 {object{"iss": "mallory@jit-access.iam.gserviceaccount.com"}, WrongIssuer},
		"Google as the issuer":           {object{"iss": "https://accounts.google.com"}, WrongIssuer},
		"issuer in upper case":           {object{"iss": strings.ToUpper(account)}, WrongIssuer},
		"issuer is a list":               {object{"iss": []string{account}}, WrongIssuer},
		"foreign audience":               {object{"aud": "https://oauth2.googleapis.com/token"}, WrongAudience},
		"audience is a list":             {object{"aud": []string{account}}, WrongAudience},
		"two audiences":                  {object{"aud": []string{account, "https://example.com"}}, WrongAudience},
		"wrong version":                  {object{"v": 2}, WrongVersion},
		"version zero":                   {object{"v": 0}, WrongVersion},
		"version is text":                {object{"v": "1"}, WrongVersion},
		"version is a list":              {object{"v": []int{1}}, WrongVersion},
		"version in upper case":          {object{"v": nil, "V": 1}, WrongUse},
		"wrong use":                      {object{"use": "decline"}, WrongUse},
		"use in another case":            {object{"use": "Approve"}, WrongUse},
		"use is a list":                  {object{"use": []string{"approve"}}, WrongUse},
		"wrong version and wrong use":    {object{"v": 2, "use": "decline"}, WrongVersion},
		"issued in the future":           {object{"iat": at(31 * time.Second)}, NotYetValid},
		"issued next year":               {object{"iat": at(9000 * time.Hour), "exp": at(9001 * time.Hour)}, NotYetValid},
		"issued at text":                 {object{"iat": "now"}, BadContents},
		"issued within a second":         {object{"iat": float64(now.Unix()) - 0.5}, BadContents},
		"issued at a negative time":      {object{"iat": -5, "exp": 60}, BadContents},
		"valid from later":               {object{"nbf": at(time.Minute)}, BadContents},
		"expires too far":                {object{"exp": at(12*time.Hour + time.Second)}, BadContents},
		"expires in the year 10000":      {object{"iat": maxNumber, "exp": maxNumber + 1}, BadContents},
		"expires at an absurd time":      {object{"exp": 1e300}, BadContents},
		"expires before it is issued":    {object{"exp": at(-time.Second)}, BadContents},
		"expires as it is issued":        {object{"exp": at(0)}, BadContents},
		"expires at text":                {object{"exp": fmt.Sprint(at(time.Hour))}, BadContents},
		"id of a self-activation":        {object{"jti": "jit-AAAABBBBCCCCDDDD"}, BadContents},
		"id of 1.8.1":                    {object{"jti": "mpa-AAAABBBBCCCC+/12"}, BadContents},
		"id with more behind it":         {object{"jti": "mpa-AAAABBBBCCCCDDDD\n"}, BadContents},
		"id is a number":                 {object{"jti": 5}, BadContents},
		"beneficiary of two":             {object{"beneficiary": "alice@example.com,bob@example.com"}, BadContents},
		"beneficiary with a line break":  {object{"beneficiary": "alice@example.com\r\nBcc: eve@example.com"}, BadContents},
		"beneficiary that folds":         {object{"beneficiary": "ma\u212ae@example.com"}, BadContents}, // Kelvin sign, lower case k
		"beneficiary is a list":          {object{"beneficiary": []string{"alice@example.com"}}, BadContents},
		"beneficiary is a group":         {object{"beneficiary": "group:oncall@example.com"}, BadContents},
		"their own reviewer":             {object{"reviewers": []string{"alice@example.com", "bob@example.com"}}, BadContents},
		"their own reviewer, other case": {object{"reviewers": []string{"ALICE@example.com", "bob@example.com"}}, BadContents},
		"an account without a name":      {object{"subject": ""}, BadContents},
		"an account that is null":        {object{"subject": (*int)(nil)}, BadContents},
		"an account as a number":         {object{"subject": 118133858486581853}, BadContents},
		"an account with a blank":        {object{"subject": "accounts.google.com: 1"}, BadContents},
		"an account with a line break":   {object{"subject": "accounts.google.com:1\n"}, BadContents},
		"an account beyond ASCII":        {object{"subject": "accounts.google.com:\u0661"}, BadContents},
		"an account of 256 characters":   {object{"subject": strings.Repeat("1", 256)}, BadContents},
		"no reviewers":                   {object{"reviewers": []string{}}, BadContents},
		"a reviewer as text":             {object{"reviewers": "bob@example.com"}, BadContents},
		"a reviewer who is null":         {object{"reviewers": []any{"bob@example.com", nil}}, BadContents},
		"a reviewer with a blank":        {object{"reviewers": []string{"bob @example.com"}}, BadContents},
		"a reviewer with a line break":   {object{"reviewers": []string{"bob@example.com\n"}}, BadContents},
		"a reviewer beyond ASCII":        {object{"reviewers": []string{"b\u043eb@example.com"}}, BadContents},
		"a reviewer without a domain":    {object{"reviewers": []string{"bob"}}, BadContents},
		"101 reviewers":                  {object{"reviewers": numberedReviewers(101)}, BadContents},
		"justification of 100":           {object{"justification": strings.Repeat("x", 100)}, BadContents},
		"justification of 100 units":     {object{"justification": strings.Repeat("\U0001f600", 50)}, BadContents},
		"justification is blank":         {object{"justification": " \u00a0"}, BadContents},
		"justification shows nothing":    {object{"justification": "\u200b\u3164"}, BadContents},
		"justification of two lines":     {object{"justification": "BUG-1\r\nBcc: eve@example.com"}, BadContents},
		"justification with a tab":       {object{"justification": "BUG-1\t"}, BadContents},
		"justification with NUL":         {object{"justification": "BUG-1\x00"}, BadContents},
		"justification with C1":          {object{"justification": "BUG-1\u0085"}, BadContents},
		"justification of paragraphs":    {object{"justification": "BUG-1\u2029x"}, BadContents},
		"justification that turns":       {object{"justification": "BUG-1 \u202egnihton"}, BadContents},
		"justification is a number":      {object{"justification": 1}, BadContents},
		"no duration":                    {object{"duration": 0}, BadContents},
		"negative duration":              {object{"duration": -60}, BadContents},
		"half a second":                  {object{"duration": 0.5}, BadContents},
		"too long a duration":            {object{"duration": 365*24*3600 + 1}, BadContents},
		"a duration that overflows":      {object{"duration": 18446744074}, BadContents},
		"duration as text":               {object{"duration": "2h"}, BadContents},
		"short binding":                  {object{"binding": digest[1:]}, BadContents},
		"binding with a blank":           {object{"binding": " " + digest[1:]}, BadContents},
		"binding is a number":            {object{"binding": 5}, BadContents},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, g.redeemer(now), g.token(with(ourPayload(), tt.change)), tt.want)
		})
	}
}

func TestRedeem_AcceptsWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	tests := map[string]object{
		"claims that we do not know":  {"new": object{"a": 1}, "Beneficiary": "mallory@example.com", "EXP": 1},
		"another window for 1.8.1":    {"start": 1, "end": "never"},
		"addresses in other case":     {"beneficiary": "Alice@Example.com", "reviewers": []string{"CAROL@example.com", "bob@EXAMPLE.com"}},
		"reviewers twice":             {"reviewers": []string{"carol@example.com", "bob@example.com", "carol@example.com"}},
		"condition in other spelling": {"entitlement": "payments-prod:roles/compute.admin:cmVzb3VyY2UubmFtZT09J3gn"},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRedeemed(t, g.redeemer(now), g.token(with(ourPayload(), change)), aliceClaims())
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
		claims := jwt.MapClaims{"n": tt.claim}
		if got := numberClaim(claims, "n"); got != tt.number {
			t.Errorf("number of %v: got %d, want %d", tt.claim, got, tt.number)
		}
		if got := durationClaim(claims, "n"); got != tt.seconds {
			t.Errorf("seconds of %v: got %v, want %v", tt.claim, got, tt.seconds)
		}
	}
}

func TestRedeem_WithoutAccountRefusesEverything(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	r := NewRedeemer("", g.redeemer(now).keys, func() time.Time { return now })
	for _, iss := range []any{account, "", nil} {
		checkRefused(t, r, g.token(with(ourPayload(), object{"iss": iss, "aud": iss})), WrongIssuer)
	}
}

// FuzzRead holds that whatever is believed can be written again and says the same.
func FuzzRead(f *testing.F) {
	f.Add(encode(ourPayload()))
	f.Add(encode(olderPayload()))
	f.Add(`{"iss":"` + account + `","aud":"` + account + `","v":1e0,"use":"approve","reviewers":[null,{}],"duration":1e308}`)
	f.Fuzz(func(t *testing.T, payload string) {
		var claims jwt.MapClaims
		if json.Unmarshal([]byte(payload), &claims) != nil {
			return
		}
		c, err := decodePayload(claims, account)
		if err != nil || c.Fixed != nil {
			return
		}
		again, err := encodePayload(c, account)
		if err != nil {
			t.Fatalf("%s was read as %+v, which cannot be written: %v", payload, c, err)
		}
		if err := json.Unmarshal([]byte(again), &claims); err != nil {
			t.Fatal(err)
		}
		back, err := decodePayload(claims, account)
		if diff := cmp.Diff(c, back); diff != "" || err != nil {
			t.Errorf("%s, written again as %s: %v (-want +got):\n%s", payload, again, err, diff)
		}
	})
}

func TestReadEntitlement_RefusesWhatIsNoEntitlement(t *testing.T) {
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
