package request

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// These name the claim that is wrong, and never quote it.
var (
	errID            = errors.New("the id is not that of a multi-party activation")
	errBeneficiary   = errors.New("the beneficiary is no lower-case address")
	errSubject       = errors.New("the beneficiary's account is not 1 to 255 visible characters of ASCII")
	errReviewers     = errors.New("the reviewers are not 1 to 100 lower-case addresses, sorted and distinct")
	errOwnReviewer   = errors.New("the beneficiary is among the reviewers")
	errEntitlement   = errors.New("the entitlement is not a project, a role and a canonical resource condition")
	errJustification = errors.New("the justification is not one line of plain text of 1 to 99 characters")
	errLifetime      = errors.New("it is not valid from a whole second in UTC, for at most 12 hours")
	errWindow        = errors.New("its window is not of whole seconds, and at most 365 days long")
	errBinding       = errors.New("the digest of the evidence is not one")
)

// digestPattern is the form of eligibility's digests.
var digestPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// subjectPattern is the form of the subjects of JWTs that Google makes: 255 characters of ASCII at
// most, by OpenID Connect.
var subjectPattern = regexp.MustCompile(`^[!-~]{1,255}$`)

// check checks everything that is signed or redeemed, except the entitlement.
func (c Claims) check() error {
	switch {
	case !eligibility.ValidID(c.ID) || !strings.HasPrefix(c.ID, string(eligibility.MultiPartyID)+"-"):
		return errID
	case !isPerson(c.Beneficiary):
		return errBeneficiary
	case !arePeople(c.Reviewers):
		return errReviewers
	case !eligibility.Visible(c.Justification), !eligibility.OneLine(c.Justification), !eligibility.Short(c.Justification):
		return errJustification
	case !isWholeSecond(c.IssuedAt), !isWholeSecond(c.Expires), !isWholeAndAtMost(c.Expires.Sub(c.IssuedAt), MaxLifetime):
		return errLifetime
	case !isWholeAndAtMost(c.Duration, MaxWindow):
		return errWindow
	}
	if c.Fixed != nil {
		return c.checkFixed()
	}
	switch {
	case c.IsReviewer(c.Beneficiary):
		return errOwnReviewer
	case !digestPattern.MatchString(c.Binding):
		return errBinding
	case c.Subject != "" && !subjectPattern.MatchString(c.Subject):
		return errSubject
	}
	return nil
}

// checkFixed checks the window that only requests of JIT Access 1.8.1 have. They may name the
// beneficiary as a reviewer, who is not allowed to approve them all the same.
func (c Claims) checkFixed() error {
	if !isWholeSecond(c.Fixed.Start) || !isWholeSecond(c.Fixed.End) {
		return errWindow
	}
	return nil
}

func isPerson(email string) bool { return email != "" && person(email) == email }

func arePeople(emails []string) bool {
	for i, email := range emails {
		if !isPerson(email) || i > 0 && emails[i-1] >= email {
			return false
		}
	}
	return len(emails) > 0 && len(emails) <= MaxReviewers
}

// isWholeSecond accepts whole seconds in UTC, from 1970 to 9999.
func isWholeSecond(t time.Time) bool {
	return t.Unix() > 0 && t.Unix() <= maxNumber && t.Nanosecond() == 0 && t.Location() == time.UTC
}

func isWholeAndAtMost(d, most time.Duration) bool {
	return d > 0 && d <= most && d%time.Second == 0
}
