package notify

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// content is what a mail says, the same in text and in HTML. Every string of it is one line.
type content struct {
	Title, Sender, Host string
	Preview             string // what an inbox shows beside the subject
	Heading, Lead       string
	Warning             string // "" for none
	Facts               []fact
	Act                 link // what the mail is there for; the zero value for nothing
	Notes               []note
	Foot                string
}

type fact struct {
	Label, Value string
	Strong, Code bool
}

type link struct{ Label, URL string }

// note is a sentence, with an address at its end or without.
type note struct{ Text, URL string }

// request is the mail that asks reviewers for a decision.
func (n *Notifier) request(m notice) content {
	c := content{
		Preview: fmt.Sprintf("%s. Can be approved until %s.", justification(m), n.timeOfDay(m.Expiry)),
		Heading: title(m),
		Lead:    "You were chosen to review it. One approval is enough, and the first decision counts.",
		Facts: facts(
			fact{Label: "Justification", Value: justification(m), Strong: true},
			role(m), condition(m), project(m),
			fact{Label: "Duration", Value: durationText(m.Duration) + ", from the approval"},
			fact{Label: "Reviewers", Value: names(m.Reviewers)},
			fact{Label: "Request expires", Value: n.dayAndTime(m.Expiry)},
		),
		Act: link{"Review the request", m.Request},
		Notes: []note{
			{Text: "Opening the link changes nothing. You see what the role allows, and then approve or decline."},
		},
		Foot: fmt.Sprintf("You get this e-mail because %s chose you among the people who are eligible for the same role. "+
			"If you do nothing, the request expires by itself.", name(m.Beneficiary)),
	}
	if m.GrantsMore {
		c.Warning = "This role can grant more access: whoever holds it can change who has access."
	}
	return c
}

// How long a change of a policy takes is Google's figure:
// cloud.google.com/iam/docs/access-change-propagation.
const (
	delayUntilItWorks = "Google Cloud needs about 2 minutes, sometimes 7 or more, until the role works everywhere."
	delayUntilItStops = "Google Cloud needs about 2 minutes, sometimes 7 or more, until the role stops working everywhere."
)

// decision is the mail about what became of a request.
func (n *Notifier) decision(m notice) content {
	by, what := name(m.By.Email), name(m.grant().Role)+" on "+name(m.Project())
	c := content{
		Facts: n.decisionFacts(m),
		Act:   link{"Open the portal", m.Home},
		Foot:  "You get this e-mail because you asked for this role, or were asked to review it.",
	}
	switch m.Verb {
	case event.Approve:
		c.Heading = fmt.Sprintf("Active until %s: %s", n.endTime(m.End, m.Start), what)
		c.Lead = by + " approved your request. " + delayUntilItWorks
		c.Act = link{"Open in Cloud Console", "https://console.cloud.google.com/home/dashboard?project=" + url.QueryEscape(name(m.Project()))}
		c.Notes = []note{{"It ends by itself. If you are done earlier, end it here", m.Home}}
	case event.Decline:
		c.Heading = "Declined: " + what
		c.Lead = by + " declined your request. Nothing was activated, and the request can no longer be approved."
	case event.Withdraw:
		c.Heading = "Withdrawn: " + what
		c.Lead = by + " took the request back. It can no longer be approved."
	case event.Revoke:
		c.Heading = "Revoked: " + what
		c.Lead = by + " ended the activation before its time. " + delayUntilItStops
	}
	c.Preview, _, _ = strings.Cut(c.Lead, ". ")
	return c
}

// revocation is the mail about an activation that an administrator revoked.
func (n *Notifier) revocation(m notice) content {
	by := name(m.By.Email)
	return content{
		Heading: "Revoked: " + name(m.grant().Role) + " on " + name(m.Project()),
		Lead:    by + " ended the activation before its time. " + delayUntilItStops,
		Preview: by + " ended the activation before its time",
		Facts: facts(
			fact{Label: "Window", Value: n.window(m.Start, m.End)},
			role(m), condition(m), project(m),
			fact{Label: "When", Value: n.dayAndTime(m.End)},
			fact{Label: "Revoked by", Value: by},
			fact{Label: "In the policy", Value: prose(m.Description, maxText)},
		),
		Act:  link{"Open the portal", m.Home},
		Foot: "You get this e-mail because this role was active for you, or because you revoked it as an administrator of the portal.",
	}
}

func (n *Notifier) decisionFacts(m notice) []fact {
	all := []fact{{Label: "Window", Value: n.window(m.Start, m.End)}, role(m), condition(m), project(m)}
	switch m.Verb {
	case event.Revoke:
		all = append(all, fact{Label: "When", Value: n.dayAndTime(m.End)})
	case event.Decline, event.Withdraw:
		all = append(all, fact{Label: "When", Value: n.dayAndTime(m.Start)})
	}
	decision := string(m.Verb.Decision())
	return facts(append(all,
		fact{Label: strings.ToUpper(decision[:1]) + decision[1:] + " by", Value: name(m.By.Email)},
		fact{Label: "Reason", Value: prose(m.Reason, maxText)},
		fact{Label: "Justification", Value: justification(m)})...)
}

func role(m notice) fact    { return fact{Label: "Role", Value: name(m.grant().Role), Code: true} }
func project(m notice) fact { return fact{Label: "Project", Value: name(m.Project())} }

func condition(m notice) fact {
	return fact{Label: "Resource condition", Value: ascii(m.grant().Condition, maxCondition), Code: true}
}

func justification(m notice) string { return prose(m.Justification, maxText) }

// facts leaves out those without a value.
func facts(all ...fact) []fact {
	var some []fact
	for _, f := range all {
		if f.Value != "" {
			some = append(some, f)
		}
	}
	return some
}

func names(people []string) string {
	names := make([]string, 0, maxPeople)
	for _, person := range people[:min(len(people), maxPeople)] {
		names = append(names, name(person))
	}
	return strings.Join(names, ", ")
}

const (
	clockForm = "15:04 MST"
	dayForm   = "Mon 2 Jan 2006"
)

func (n *Notifier) timeOfDay(t time.Time) string { return t.In(n.zone).Format(clockForm) }
func (n *Notifier) dayAndTime(t time.Time) string {
	return t.In(n.zone).Format(dayForm + ", " + clockForm)
}

// endTime is the time of day, with the date unless it is today.
func (n *Notifier) endTime(t, now time.Time) string {
	if t.In(n.zone).Format(dayForm) == now.In(n.zone).Format(dayForm) {
		return n.timeOfDay(t)
	}
	return n.dayAndTime(t)
}

// window is "" for an empty window: a request that is closed without an activation leaves one in
// the policy.
func (n *Notifier) window(start, end time.Time) string {
	if start.IsZero() || end.IsZero() || !end.After(start) {
		return ""
	}
	from := start.In(n.zone).Format(dayForm + ", 15:04")
	if zone, _ := start.In(n.zone).Zone(); zone != end.In(n.zone).Format("MST") {
		from = n.dayAndTime(start) // the clocks change meanwhile
	}
	return from + " to " + n.endTime(end, start)
}

// durationText is a duration in hours and minutes.
func durationText(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	hours, minutes := minutes/60, minutes%60
	switch {
	case hours == 0:
		return count(minutes, "minute")
	case minutes == 0:
		return count(hours, "hour")
	}
	return count(hours, "hour") + " " + count(minutes, "minute")
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
