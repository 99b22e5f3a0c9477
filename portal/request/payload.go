package request

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

const (
	tokenVersion = 1
	tokenUse     = "approve"
	// maxNumber is the last second of the year 9999.
	maxNumber = 253402300799
)

// payload is the JSON object that is signed: those of JIT Access 1.8.1 down to End, and ours. Start
// and End are written for 1.8.1 alone.
type payload struct {
	Issuer        string   `json:"iss"`
	Audience      string   `json:"aud"`
	IssuedAt      int64    `json:"iat"`
	Expires       int64    `json:"exp"`
	ID            string   `json:"jti"`
	Beneficiary   string   `json:"beneficiary"`
	Reviewers     []string `json:"reviewers"`
	Entitlement   string   `json:"entitlement"`
	Justification string   `json:"justification"`
	Start         int64    `json:"start"`
	End           int64    `json:"end"`

	Version  int    `json:"v"`
	Use      string `json:"use"`
	Duration int64  `json:"duration"` // seconds
	Binding  string `json:"binding"`
	Subject  string `json:"subject,omitempty"` // in tokens of this version and later ones
}

// encodePayload returns the JSON text of claims. It refuses claims that decodePayload would not
// return unchanged.
func encodePayload(c Claims, account string) (string, error) {
	if c.Fixed != nil {
		return "", errors.New("only requests of JIT Access 1.8.1 have a window of their own")
	}
	if err := c.check(); err != nil {
		return "", err
	}
	entitlement := writeEntitlement(c.Key)
	if key, ok := readEntitlement(entitlement); !ok || key != c.Key {
		return "", errEntitlement
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // every character makes the link longer
	err := encoder.Encode(payload{
		Issuer: account, Audience: account, IssuedAt: c.IssuedAt.Unix(), Expires: c.Expires.Unix(), ID: c.ID,
		Beneficiary: c.Beneficiary, Reviewers: c.Reviewers, Entitlement: entitlement, Justification: c.Justification,
		Start: c.IssuedAt.Unix(), End: c.IssuedAt.Add(c.Duration).Unix(),
		Version: tokenVersion, Use: tokenUse, Duration: int64(c.Duration / time.Second), Binding: c.Binding,
		Subject: c.Subject,
	})
	return strings.TrimSuffix(b.String(), "\n"), err
}

// decodePayload returns the content of verified claims, and refuses those that the account did not
// make for itself, for this use and version. Names of claims are case-sensitive. What is missing
// becomes the zero value, which check refuses.
func decodePayload(claims jwt.MapClaims, account string) (Claims, error) {
	claimedVersion, hasVersion := claims["v"]
	claimedUse, hasUse := claims["use"]
	switch {
	case account == "" || claims["iss"] != account:
		return Claims{}, &Error{Reason: WrongIssuer}
	case claims["aud"] != account:
		return Claims{}, &Error{Reason: WrongAudience}
	case hasVersion && claimedVersion != float64(tokenVersion):
		return Claims{}, &Error{Reason: WrongVersion}
	case hasVersion && claimedUse != tokenUse, !hasVersion && hasUse:
		return Claims{}, &Error{Reason: WrongUse}
	}
	c, err := decodeClaims(claims, hasVersion)
	if err != nil {
		return Claims{}, &Error{Reason: BadContents, cause: err}
	}
	return c, nil
}

func decodeClaims(claims jwt.MapClaims, hasVersion bool) (Claims, error) {
	c := Claims{
		ID:            textClaim(claims, "jti"),
		Beneficiary:   person(textClaim(claims, "beneficiary")),
		Reviewers:     peopleClaim(claims, "reviewers"),
		Justification: textClaim(claims, "justification"),
		IssuedAt:      timeClaim(claims, "iat"),
		Expires:       timeClaim(claims, "exp"),
	}
	if hasVersion {
		c.Duration = durationClaim(claims, "duration")
		c.Binding = textClaim(claims, "binding")
		if _, hasSubject := claims["subject"]; hasSubject {
			if c.Subject = textClaim(claims, "subject"); c.Subject == "" {
				return Claims{}, errSubject
			}
		}
	} else {
		c.ID = strings.NewReplacer("+", "-", "/", "_").Replace(c.ID)
		c.Fixed = &eligibility.Window{Start: timeClaim(claims, "start"), End: timeClaim(claims, "end")}
		c.Duration = c.Fixed.Duration()
	}
	if err := c.check(); err != nil {
		return Claims{}, err
	}
	if _, hasNotBefore := claims["nbf"]; hasNotBefore { // neither version writes this limit, and it must not be ignored
		return Claims{}, errLifetime
	}
	var ok bool
	if c.Key, ok = readEntitlement(textClaim(claims, "entitlement")); !ok {
		return Claims{}, errEntitlement
	}
	return c, nil
}

// textClaim returns a claim that is a string, "" for any other.
func textClaim(claims jwt.MapClaims, name string) string {
	s, _ := claims[name].(string)
	return s
}

// numberClaim returns a claim that is a whole number from 1 to maxNumber, 0 for any other.
func numberClaim(claims jwt.MapClaims, name string) int64 {
	n, _ := claims[name].(float64)
	if n < 1 || n > maxNumber || n != math.Trunc(n) {
		return 0
	}
	return int64(n)
}

// durationClaim returns a number of seconds, 0 if it is longer than any window.
func durationClaim(claims jwt.MapClaims, name string) time.Duration {
	n := numberClaim(claims, name)
	if n > int64(MaxWindow/time.Second) {
		return 0
	}
	return time.Duration(n) * time.Second
}

func timeClaim(claims jwt.MapClaims, name string) time.Time {
	return time.Unix(numberClaim(claims, name), 0).UTC()
}

// peopleClaim returns the addresses of a list, sorted and distinct, with "" for what is no address.
func peopleClaim(claims jwt.MapClaims, name string) []string {
	all, _ := claims[name].([]any)
	emails := make([]string, 0, len(all))
	for _, one := range all {
		s, _ := one.(string)
		emails = append(emails, person(s))
	}
	slices.Sort(emails)
	return slices.Compact(emails)
}

// person returns an address in lower case, "" for what is no address.
func person(email string) string {
	p, err := eligibility.ParsePrincipal(string(eligibility.User) + ":" + email)
	if err != nil {
		return ""
	}
	return p.Email
}
