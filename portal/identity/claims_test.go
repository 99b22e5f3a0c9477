package identity

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestVerify_AcceptsWhatTheProxySigns(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]object{
		"over, but within the leeway":        {"exp": at(-29 * time.Second), "iat": at(-10 * time.Minute)},
		"in the future, within the leeway":   {"iat": at(29 * time.Second), "exp": at(10 * time.Minute)},
		"the longest lifetime":               {"iat": at(0), "exp": at(11 * time.Minute)},
		"audience as a list of one":          {"aud": []string{audience}},
		"the other audience":                 {"aud": "/projects/123/apps/other"},
		"a consumer account":                 {"hd": nil, "email": "alice@gmail.com"},
		"an assertion without what is extra": {"identity_source": nil, "google": nil, "azp": nil},
		"claims that we do not know":         {"new": object{"a": 1}},
		"an address with odd characters":     {"email": "o'neil+test_1@sub.example.com"},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := p.verifier().Verify(t.Context(), requestWith(p.assertionWith(change))); err != nil {
				t.Errorf("%v: got %v, want the person", change, err)
			}
		})
	}
}

func TestVerify_RefusesClaimsThatAreMissingOrWrong(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]struct {
		change object
		want   Reason
	}{
		"expired":                       {object{"exp": at(-31 * time.Second), "iat": at(-10 * time.Minute)}, Expired},
		"without an end":                {object{"exp": nil}, Expired},
		"end is null":                   {object{"exp": json.RawMessage("null")}, Expired},
		"end is text":                   {object{"exp": "tomorrow"}, Malformed},
		"end is absurd":                 {object{"exp": 1e300}, Expired},
		"issued in the future":          {object{"iat": at(31 * time.Second), "exp": at(10 * time.Minute)}, NotYetValid},
		"valid from later":              {object{"nbf": at(time.Minute)}, NotYetValid},
		"without a beginning":           {object{"iat": nil}, WrongLifetime},
		"for too long":                  {object{"iat": at(0), "exp": at(11*time.Minute + time.Second)}, WrongLifetime},
		"for years":                     {object{"exp": at(100000 * time.Hour)}, WrongLifetime},
		"ended before it began":         {object{"iat": at(20 * time.Second), "exp": at(-20 * time.Second)}, WrongLifetime},
		"foreign issuer":                {object{"iss": "https://accounts.google.com"}, WrongIssuer},
		"issuer with a slash":           {object{"iss": "https://cloud.google.com/iap/"}, WrongIssuer},
		"without issuer":                {object{"iss": nil}, WrongIssuer},
		"foreign audience":              {object{"aud": "/projects/123/locations/europe-west1/services/other"}, WrongAudience},
		"longer audience":               {object{"aud": audience + "/x"}, WrongAudience},
		"two audiences":                 {object{"aud": []string{audience, "/projects/666/apps/other"}}, WrongAudience},
		"without audience":              {object{"aud": nil}, WrongAudience},
		"empty audience":                {object{"aud": ""}, WrongAudience},
		"audience is a number":          {object{"aud": 5}, Malformed},
		"without email":                 {object{"email": nil}, NotAPerson},
		"email is a list":               {object{"email": []string{"alice@example.com"}}, Malformed},
		"email of two":                  {object{"email": "alice@example.com,bob@example.com"}, NotAPerson},
		"email with two ats":            {object{"email": "alice@example.com@example.org"}, NotAPerson},
		"email without domain":          {object{"email": "alice@"}, NotAPerson},
		"email without name":            {object{"email": "@example.com"}, NotAPerson},
		"email with a line break":       {object{"email": "alice@example.com\r\nx"}, NotAPerson},
		"email with a blank":            {object{"email": "alice @example.com"}, NotAPerson},
		"email that folds to another":   {object{"email": "ma\u212ae@example.com"}, NotAPerson}, // Kelvin sign, lower case k
		"email too long":                {object{"email": strings.Repeat("a", 250) + "@example.com"}, NotAPerson},
		"email with the header's form":  {object{"email": "accounts.google.com:alice@example.com"}, NotAPerson},
		"external email":                {object{"email": "securetoken.google.com/p/t:alice@example.com"}, NotAPerson},
		"external subject":              {object{"sub": "securetoken.google.com/p/t:123"}, NotAPerson},
		"external by its source":        {object{"identity_source": "GCIP"}, NotAPerson},
		"external by its claims":        {object{"gcip": object{"auth_time": 1}}, NotAPerson},
		"workforce":                     {object{"sub": "sts.google.com:123", "identity_source": "WORKFORCE_IDENTITY"}, NotAPerson},
		"without subject":               {object{"sub": nil}, NotAPerson},
		"subject without number":        {object{"sub": "accounts.google.com:"}, NotAPerson},
		"subject is a number":           {object{"sub": 5}, Malformed},
		"service account":               {object{"email": "portal@p.iam.gserviceaccount.com"}, NotAPerson},
		"service account, upper case":   {object{"email": "PORTAL@P.IAM.GSERVICEACCOUNT.COM"}, NotAPerson},
		"service account of an engine":  {object{"email": "p@appspot.gserviceaccount.com"}, NotAPerson},
		"service account of a project":  {object{"email": "123-compute@developer.gserviceaccount.com"}, NotAPerson},
		"access levels of another kind": {object{"google": "corp"}, Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, p.verifier(), requestWith(p.assertionWith(tt.change)), tt.want)
		})
	}
}
