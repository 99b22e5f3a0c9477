package view

import (
	"strconv"
	"strings"
	"time"
)

// ReviewPage is the page on which a reviewer decides. A form that was refused comes again with its
// faults.
type ReviewPage struct {
	Now            time.Time
	Role           Role
	ProjectLink    string // address of the project's page; empty: no link
	Beneficiary    string
	Reviewers      []string
	Justification  string
	Asked, Expires time.Time
	Duration       time.Duration
	Start, End     time.Time // of the window, if JIT Access 1.8.1 fixed it in the request; zero: it starts at the approval
	HeldUntil      time.Time // end of the beneficiary's present activation of the role; zero: none
	ID             string
	Allows         *Permissions // nil: not known
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
	Counts             []ServiceCount // in the order in which they are shown
	GrantsMore         []string       // the permissions that change who has access; empty: none
	Total              int
}

// ServiceCount is how many permissions of one service a role has.
type ServiceCount struct {
	Service string // "cloudsql"
	Count   int
	Example string // "cloudsql.instances.get"; may be empty
}

// fixed reports whether the window was fixed when it was asked for.
func (m ReviewPage) fixed() bool {
	return !m.End.IsZero()
}

// ends is when the role would end if it were approved now. An approval never shortens what is
// active.
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

// endDependsOnApproval reports whether a later approval ends later.
func (m ReviewPage) endDependsOnApproval() bool {
	return !m.fixed() && !m.ends().Equal(m.HeldUntil)
}

func (m ReviewPage) heading() string {
	return m.Beneficiary + " asks for " + m.Role.onProject()
}

// others are the reviewers other than the reader.
func (m ReviewPage) others(reader string) []string {
	var others []string
	for _, r := range m.Reviewers {
		if !strings.EqualFold(r, reader) {
			others = append(others, r)
		}
	}
	return others
}

// askedReviewers says who was asked, the reader first.
func (m ReviewPage) askedReviewers(reader string) string {
	others := m.others(reader)
	if len(others) == 0 {
		return "you alone"
	}
	return list(append([]string{"you"}, others...), "reviewer")
}

// declineEffect says for whom declining ends the request, besides the reader.
func (m ReviewPage) declineEffect(reader string) string {
	if others := m.others(reader); len(others) > 0 {
		return "The request is over, for " + list(others, "reviewer") + " too."
	}
	return "The request is over."
}

// ifIgnored says what happens if the reader does nothing, up to the time at which the request
// expires.
func (m ReviewPage) ifIgnored(reader string) string {
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

// How many services, and how many permissions that change who has access, the page names. It counts
// the others.
const (
	maxServices   = 12
	maxGrantsMore = 6
)

// shownServices are the services that the page names.
func (p Permissions) shownServices() []ServiceCount {
	return p.Counts[:min(len(p.Counts), maxServices)]
}

// moreServices says how many services the page does not name.
func (p Permissions) moreServices() string {
	if n := len(p.Counts) - maxServices; n > 0 {
		return "and " + strconv.Itoa(n) + " more"
	}
	return ""
}

// shownGrantsMore are the permissions that change who has access and that the page names.
func (p Permissions) shownGrantsMore() []string {
	return p.GrantsMore[:min(len(p.GrantsMore), maxGrantsMore)]
}

// moreGrantsMore says how many of them the page does not name.
func (p Permissions) moreGrantsMore() string {
	if n := len(p.GrantsMore) - maxGrantsMore; n > 0 {
		return "and " + strconv.Itoa(n) + " more"
	}
	return ""
}

// declining reports whether a form to decline was refused.
func (m ReviewPage) declining() bool {
	return faultOn(m.Faults, FieldReason).Field != ""
}

// unchanged says what a refused form has not done.
func (m ReviewPage) unchanged() string {
	if m.declining() {
		return "Nothing was declined."
	}
	return "Nothing was approved."
}
