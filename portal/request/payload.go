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
	version = 1
	use     = "approve"
	// maxNumber is the last second of the year 9999.
	maxNumber = 253402300799
)

// payload are the claims on the wire: those of JIT Access 1.8.1 down to End,
// and ours. 1.8.1 reads Start and End, and we do not.
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
}

// write is the JSON text of claims. Those that read would not return as the same
// are an error.
func write(c Claims, account string) (string, error) {
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
		Version: version, Use: use, Duration: int64(c.Duration / time.Second), Binding: c.Binding,
	})
	return strings.TrimSuffix(b.String(), "\n"), err
}

// read returns what verified claims say, and refuses those that were not made by
// the account for itself, for this use and version. Names of claims are compared
// with case. What is missing is read as the zero value, which check refuses.
func read(said jwt.MapClaims, account string) (Claims, error) {
	v, ours := said["v"]
	purpose, purposeful := said["use"]
	switch {
	case account == "" || said["iss"] != account:
		return Claims{}, &Error{Reason: WrongIssuer}
	case said["aud"] != account:
		return Claims{}, &Error{Reason: WrongAudience}
	case ours && v != float64(version):
		return Claims{}, &Error{Reason: WrongVersion}
	case ours && purpose != use, !ours && purposeful:
		return Claims{}, &Error{Reason: WrongUse}
	}
	c, err := contents(said, ours)
	if err != nil {
		return Claims{}, &Error{Reason: BadContents, cause: err}
	}
	return c, nil
}

func contents(said jwt.MapClaims, ours bool) (Claims, error) {
	c := Claims{
		ID:            text(said, "jti"),
		Beneficiary:   person(text(said, "beneficiary")),
		Reviewers:     people(said, "reviewers"),
		Justification: text(said, "justification"),
		IssuedAt:      moment(said, "iat"),
		Expires:       moment(said, "exp"),
	}
	if ours {
		c.Duration = seconds(said, "duration")
		c.Binding = text(said, "binding")
	} else {
		c.ID = strings.NewReplacer("+", "-", "/", "_").Replace(c.ID)
		c.Fixed = &eligibility.Window{Start: moment(said, "start"), End: moment(said, "end")}
		c.Duration = c.Fixed.Duration()
	}
	if err := c.check(); err != nil {
		return Claims{}, err
	}
	if _, later := said["nbf"]; later { // a bound that neither of us writes must not be passed over
		return Claims{}, errLifetime
	}
	var ok bool
	if c.Key, ok = readEntitlement(text(said, "entitlement")); !ok {
		return Claims{}, errEntitlement
	}
	return c, nil
}

// text is a claim that is a string, "" if it is none.
func text(said jwt.MapClaims, name string) string {
	s, _ := said[name].(string)
	return s
}

// number is a claim that is a whole number from 1 to maxNumber, 0 if it is none.
func number(said jwt.MapClaims, name string) int64 {
	n, _ := said[name].(float64)
	if n < 1 || n > maxNumber || n != math.Trunc(n) {
		return 0
	}
	return int64(n)
}

// seconds is a number of seconds, 0 if it is longer than any window.
func seconds(said jwt.MapClaims, name string) time.Duration {
	n := number(said, name)
	if n > int64(MaxWindow/time.Second) {
		return 0
	}
	return time.Duration(n) * time.Second
}

func moment(said jwt.MapClaims, name string) time.Time {
	return time.Unix(number(said, name), 0).UTC()
}

// people are the addresses of a list, sorted and distinct, with "" for whatever
// is no address.
func people(said jwt.MapClaims, name string) []string {
	all, _ := said[name].([]any)
	emails := make([]string, 0, len(all))
	for _, one := range all {
		s, _ := one.(string)
		emails = append(emails, person(s))
	}
	slices.Sort(emails)
	return slices.Compact(emails)
}

// person is an address in lower case, "" if it is none.
func person(email string) string {
	p, err := eligibility.ParsePrincipal(string(eligibility.User) + ":" + email)
	if err != nil {
		return ""
	}
	return p.Email
}
