package view

import "time"

// Again is how to try again what was held back: by a link to the page, or by the form as it was
// sent.
type Again struct {
	Link string
	Form *Resend
}

// after offers to try again, and says in how long.
func (p ProblemPage) after(wait time.Duration, again Again) ProblemPage {
	p.Next, p.Retry = NextStep{Text: "Try again", Link: again.Link}, again.Form
	when := "You can go on in " + left(max(wait, time.Second))
	if again.Form != nil {
		p.Next = homeStep()
		when += "; what you wrote is kept"
	}
	p.Advice = append([]string{when + "."}, p.Advice...)
	return p
}

// TooManyPages is the page for somebody whose pages ask for more than the portal asks for one
// person, which would use up the quotas of Google's APIs.
func TooManyPages(wait time.Duration, again Again) ProblemPage {
	return ProblemPage{
		Title:   "You have opened many pages in a short time",
		Meaning: "More than the portal opens for one person in a minute. Only you are held back, and nothing was changed.",
		Advice: []string{
			"On pages that are open you can still activate, request, approve, decline, end and revoke: opening pages never uses up " +
				"what these need.",
			"Roles that are active stay active until their end.",
		},
	}.after(wait, again)
}

// TooMuchDone is the page for somebody whose acts, and their forms, ask for more than the portal
// asks for one person.
func TooMuchDone(wait time.Duration, again Again) ProblemPage {
	return ProblemPage{
		Title:   "You have done much in a short time",
		Meaning: "More than the portal does for one person in a minute. Only you are held back, and nothing was changed.",
		Advice:  []string{"Roles that are active stay active until their end."},
	}.after(wait, again)
}

// TooManyActs is the page for somebody who has sent many forms that came to nothing.
func TooManyActs(wait time.Duration, again Again) ProblemPage {
	return ProblemPage{
		Title:   "You have sent many forms that came to nothing",
		Meaning: "More than the portal tries for one person in a minute. Only you are held back, and nothing was changed.",
		Advice:  []string{"Roles that are active stay active until their end."},
	}.after(wait, again)
}

// QuotaSpent is the page for what would need more of Google's quotas than the portal may use.
func QuotaSpent(wait time.Duration, again Again) ProblemPage {
	return ProblemPage{
		Title: "The portal is busy",
		Meaning: "Google limits how often the portal may ask, and for the moment it has asked as often as it may. " +
			"Nothing was changed, and roles that are active stay active until their end.",
		Advice: []string{"If it goes on, give an administrator the request number below; the quota is recorded under it."},
	}.after(wait, again)
}

// TooManyRequests is the page for somebody who has sent more requests to peers than the portal
// sends for one person.
func TooManyRequests(wait time.Duration, again Again) ProblemPage {
	return ProblemPage{
		Title:   "You have sent as many requests as the portal sends at once",
		Meaning: "It sends a few at once for one person, and then one more every few minutes. This one was not sent, and nobody was told.",
		Advice: []string{
			"Requests that you sent before still work: open one, and give its link to the reviewers yourself.",
			"You can still activate roles with self-approval.",
		},
	}.after(wait, again)
}
