package view

import (
	"strconv"
	"strings"
	"time"
)

// ReviewPage is what a reviewer needs to decide. Refused, it comes again with its faults.
type ReviewPage struct {
	Now            time.Time
	Role           Role
	ProjectLink    string // address of the project in the portal; empty: only in Cloud Console
	Beneficiary    string
	Reviewers      []string
	Justification  string
	Asked, Expires time.Time
	Duration       time.Duration
	Start, End     time.Time // of a window that was fixed when it was asked for, as by JIT Access 1.8.1; zero: from approval
	HeldUntil      time.Time // until when the beneficiary holds the role already; zero: not held now
	ID             string
	Allows         *Permissions // nil: it could not be found out
	ApproveAction  string
	DeclineAction  string
	Hints          []HiddenField // that travel with both forms
	Reason         string        // as it was written
	MaxReason      int           // in characters; 0: none
	Faults         []Fault
}

// Permissions is what a role lets its holder do.
type Permissions struct {
	Title, Description string
	Counts             []ServiceCount // any number; shown as they come
	GrantsMore         []string       // the permissions that change who has access; empty: none
	Total              int
}

// ServiceCount is how many permissions of one service a role holds.
type ServiceCount struct {
	Service string // "cloudsql"
	Count   int
	Example string // "cloudsql.instances.get"; may be empty
}

// fixed says whether the window was fixed when it was asked for.
func (m ReviewPage) fixed() bool {
	return !m.End.IsZero()
}

// ends is when the beneficiary would lose the role if it were approved now. Approving never shortens what is held.
func (m ReviewPage) ends() time.Time {
	end := m.Now.Add(m.Duration)
	if m.fixed() {
		end = m.End
	}
	if m.HeldUntil.After(end) {
		return m.HeldUntil
	}
	return end
}

// moves says whether a later approval ends later.
func (m ReviewPage) moves() bool {
	return !m.fixed() && !m.ends().Equal(m.HeldUntil)
}

func (m ReviewPage) heading() string {
	return m.Beneficiary + " asks for " + m.Role.onProject()
}

// others is the reviewers without the reader.
func (m ReviewPage) others(reader string) []string {
	var others []string
	for _, r := range m.Reviewers {
		if !strings.EqualFold(r, reader) {
			others = append(others, r)
		}
	}
	return others
}

// asked says who was asked, the reader first.
func (m ReviewPage) asked(reader string) string {
	others := m.others(reader)
	if len(others) == 0 {
		return "you alone"
	}
	return list(append([]string{"you"}, others...), "reviewer")
}

// forOthers is for whom a refusal ends the request beside the reader.
func (m ReviewPage) forOthers(reader string) string {
	if others := m.others(reader); len(others) > 0 {
		return "The request is over, for " + list(others, "reviewer") + " too."
	}
	return "The request is over."
}

// idle says what follows from doing nothing, up to the moment at which the request expires.
func (m ReviewPage) idle(reader string) string {
	if others := m.others(reader); len(others) > 0 {
		return "If you do nothing, " + list(others, "reviewer") + " may decide, or the request expires at "
	}
	return "If you do nothing, the request expires at "
}

// subject begins the sentence about how much the role allows.
func (p Permissions) subject() string {
	if p.Title == "" {
		return "It"
	}
	return p.Title
}

// holds says how much the role allows.
func (p Permissions) holds() string {
	return count(p.Total, "permission") + " of " + count(len(p.Counts), "service")
}

// How many services, and how many permissions that change who has access, the page names before it counts the rest.
const (
	widest  = 12
	gravest = 6
)

// shown are the services that the page names.
func (p Permissions) shown() []ServiceCount {
	return p.Counts[:min(len(p.Counts), widest)]
}

// rest says how many services the page does not name.
func (p Permissions) rest() string {
	if n := len(p.Counts) - widest; n > 0 {
		return "and " + strconv.Itoa(n) + " more"
	}
	return ""
}

// named are the permissions that change who has access, as far as the page names them.
func (p Permissions) named() []string {
	return p.GrantsMore[:min(len(p.GrantsMore), gravest)]
}

// unnamed says how many of them the page does not name.
func (p Permissions) unnamed() string {
	if n := len(p.GrantsMore) - gravest; n > 0 {
		return "and " + strconv.Itoa(n) + " more"
	}
	return ""
}

// declining says whether it was declining that was refused.
func (m ReviewPage) declining() bool {
	return faultOn(m.Faults, FieldReason).Field != ""
}

// unchanged says what a refused form did not do.
func (m ReviewPage) unchanged() string {
	if m.declining() {
		return "Nothing was declined."
	}
	return "Nothing was approved."
}
