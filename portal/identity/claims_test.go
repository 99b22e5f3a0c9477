package identity

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestVerify_Accepts(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]members{
		"over, but within the leeway":        {"exp": at(-29 * time.Second), "iat": at(-10 * time.Minute)},
		"in the future, within the leeway":   {"iat": at(29 * time.Second), "exp": at(10 * time.Minute)},
		"the longest lifetime":               {"iat": at(0), "exp": at(11 * time.Minute)},
		"audience as a list of one":          {"aud": []string{audience}},
		"the other audience":                 {"aud": "/projects/123/apps/other"},
		"a consumer account":                 {"hd": nil, "email": "alice@gmail.com"},
		"an assertion without what is extra": {"identity_source": nil, "google": nil, "azp": nil},
		"claims that we do not know":         {"new": members{"a": 1}},
		"an address with odd characters":     {"email": "o'neil+test_1@sub.example.com"},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := p.verifier().Verify(t.Context(), asking(p.but(change))); err != nil {
				t.Errorf("%v: got %v, want the person", change, err)
			}
		})
	}
}

func TestVerify_RefusesClaims(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]struct {
		change members
		want   Reason
	}{
		"expired":                       {members{"exp": at(-31 * time.Second), "iat": at(-10 * time.Minute)}, Expired},
		"without an end":                {members{"exp": nil}, Expired},
		"end is null":                   {members{"exp": json.RawMessage("null")}, Expired},
		"end is text":                   {members{"exp": "tomorrow"}, Malformed},
		"end is absurd":                 {members{"exp": 1e300}, Expired},
		"issued in the future":          {members{"iat": at(31 * time.Second), "exp": at(10 * time.Minute)}, NotYetValid},
		"valid from later":              {members{"nbf": at(time.Minute)}, NotYetValid},
		"without a beginning":           {members{"iat": nil}, WrongLifetime},
		"for too long":                  {members{"iat": at(0), "exp": at(11*time.Minute + time.Second)}, WrongLifetime},
		"for years":                     {members{"exp": at(100000 * time.Hour)}, WrongLifetime},
		"ended before it began":         {members{"iat": at(20 * time.Second), "exp": at(-20 * time.Second)}, WrongLifetime},
		"foreign issuer":                {members{"iss": "https://accounts.google.com"}, WrongIssuer},
		"issuer with a slash":           {members{"iss": "https://cloud.google.com/iap/"}, WrongIssuer},
		"without issuer":                {members{"iss": nil}, WrongIssuer},
		"foreign audience":              {members{"aud": "/projects/123/locations/europe-west1/services/other"}, WrongAudience},
		"longer audience":               {members{"aud": audience + "/x"}, WrongAudience},
		"two audiences":                 {members{"aud": []string{audience, "/projects/666/apps/other"}}, WrongAudience},
		"without audience":              {members{"aud": nil}, WrongAudience},
		"empty audience":                {members{"aud": ""}, WrongAudience},
		"audience is a number":          {members{"aud": 5}, Malformed},
		"without email":                 {members{"email": nil}, NotAPerson},
		"email is a list":               {members{"email": []string{"alice@example.com"}}, Malformed},
		"email of two":                  {members{"email": "alice@example.com,bob@example.com"}, NotAPerson},
		"email with two ats":            {members{"email": "alice@example.com@example.org"}, NotAPerson},
		"email without domain":          {members{"email": "alice@"}, NotAPerson},
		"email without name":            {members{"email": "@example.com"}, NotAPerson},
		"email with a line break":       {members{"email": "alice@example.com\r\nx"}, NotAPerson},
		"email with a blank":            {members{"email": "alice @example.com"}, NotAPerson},
		"email that folds to another":   {members{"email": "ma\u212ae@example.com"}, NotAPerson}, // Kelvin sign, lower case k
		"email too long":                {members{"email": strings.Repeat("a", 250) + "@example.com"}, NotAPerson},
		"email with the header's form":  {members{"email": "accounts.google.com:alice@example.com"}, NotAPerson},
		"external email":                {members{"email": "securetoken.google.com/p/t:alice@example.com"}, NotAPerson},
		"external subject":              {members{"sub": "securetoken.google.com/p/t:123"}, NotAPerson},
		"external by its source":        {members{"identity_source": "GCIP"}, NotAPerson},
		"external by its claims":        {members{"gcip": members{"auth_time": 1}}, NotAPerson},
		"workforce":                     {members{"sub": "sts.google.com:123", "identity_source": "WORKFORCE_IDENTITY"}, NotAPerson},
		"without subject":               {members{"sub": nil}, NotAPerson},
		"subject without number":        {members{"sub": "accounts.google.com:"}, NotAPerson},
		"subject is a number":           {members{"sub": 5}, Malformed},
		"service account":               {members{"email": "portal@p.iam.gserviceaccount.com"}, NotAPerson},
		"service account, upper case":   {members{"email": "PORTAL@P.IAM.GSERVICEACCOUNT.COM"}, NotAPerson},
		"service account of an engine":  {members{"email": "p@appspot.gserviceaccount.com"}, NotAPerson},
		"service account of a project":  {members{"email": "123-compute@developer.gserviceaccount.com"}, NotAPerson},
		"access levels of another kind": {members{"google": "corp"}, Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, p.verifier(), asking(p.but(tt.change)), tt.want)
		})
	}
}
