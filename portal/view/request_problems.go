package view

// NotReviewer is the page for somebody who opens a request that does not name them. It says nothing
// about the request.
func NotReviewer(person string) ProblemPage {
	return ProblemPage{
		Title:   "You were not asked to review this",
		Meaning: "A request can be seen and decided only by the people whom it names. Nothing was changed.",
		Advice: []string{
			"You are signed in as " + person + ". If the e-mail went to another account of yours, switch to that one.",
			"If somebody forwarded the link, they may ask again and choose you.",
		},
		Next:          homeStep(),
		SwitchAccount: true,
	}
}

// OwnRequest is the page for a beneficiary who tries to decide on their own request. It leads to
// the request. AskedAs is the address by which they asked, if they are signed in with another one
// of the same account, and otherwise "".
func OwnRequest(reviewers []string, request, askedAs string) ProblemPage {
	m := ProblemPage{
		Title:   "This is your own request",
		Meaning: "Somebody else has to decide on it. Nothing was changed.",
		Next:    NextStep{Text: "Open my request", Link: request},
	}
	if len(reviewers) > 0 {
		m.Meaning = "Somebody else has to decide on it: " + list(reviewers, "reviewer") + ". Nothing was changed."
	}
	if askedAs != "" {
		m.Advice = []string{"You asked for it as " + askedAs + ", which is an address of the account that you are signed in with."}
	}
	return m
}

// RequestExpired is the page for a decision on an expired request. Again is the form of a new
// request, filled in, for the beneficiary; it may be empty.
func RequestExpired(again string) ProblemPage {
	m := ProblemPage{
		Title:   "This request has expired",
		Meaning: "Nobody approved it in time, so nothing was activated.",
		Advice:  []string{"If the role is still needed, its beneficiary has to ask again; the reviewers then get a new e-mail."},
		Next:    homeStep(),
	}
	if again != "" {
		m.Advice = []string{"You can ask again with the same role, duration and justification; you can change them."}
		m.Next = NextStep{Text: "Request again", Link: again}
	}
	return m
}

// NoLongerEligible is the page for an approval whose beneficiary is not eligible any more.
func NoLongerEligible(beneficiary string) ProblemPage {
	return ProblemPage{
		Title: beneficiary + " is no longer eligible for this role",
		Meaning: "The eligible binding has changed since the request was made, or a group that it names, so it cannot be approved. " +
			"Nothing was activated.",
		Advice: []string{"An administrator can make " + beneficiary + " eligible again."},
		Next:   homeStep(),
	}
}

// ReviewerNoLongerEligible is the page for an approval whose reviewer is not eligible any more.
func ReviewerNoLongerEligible() ProblemPage {
	return ProblemPage{
		Title:   "You can no longer approve this",
		Meaning: "Only somebody who is eligible for the same role can approve it, and you are not eligible for it now. Nothing was changed.",
		Advice: []string{
			"Another of the reviewers can approve it.",
			"An administrator can make you eligible again.",
		},
		Next: homeStep(),
	}
}

// GroupUnreadable is the page for people whom a request names, if somebody's eligibility depends on
// a group whose members could not be read. Link is the page to load again, or else again is the
// form as it was sent.
func GroupUnreadable(link string, again *Resend) ProblemPage {
	m := ProblemPage{
		Title: "A group could not be read",
		Meaning: "The role is given to a group, and the Directory did not answer who is in it. So nobody knows at the moment " +
			"who may have the role, or approve it. Nothing was changed.",
		Advice: []string{
			"Try again in a minute.",
			"If it goes on, give an administrator the request number below; the group is recorded under it. " +
				"The portal may lack the right to read groups.",
		},
		Next:       NextStep{Text: "Try again", Link: link},
		StatusPage: true,
	}
	if again != nil {
		m.Advice[0] = "Try again in a minute; what you wrote is kept."
		m.Retry, m.Next = again, homeStep()
	}
	return m
}

// BindingChanged is the page for an approval whose eligible binding has changed since the request
// was made.
func BindingChanged() ProblemPage {
	return ProblemPage{
		Title: "The rules of this role have changed",
		Meaning: "The eligible binding is not the one under which the request was made, so it cannot be approved. " +
			"Nothing was activated.",
		Advice: []string{"The beneficiary can ask again; the request then follows the rules of now."},
		Next:   homeStep(),
	}
}

// RequestSpent is the page for a decision on a request that another decision has closed. Request is
// its address.
func RequestSpent(request string) ProblemPage {
	return ProblemPage{
		Title:   "This request is over",
		Meaning: "Another decision on the same role closed it, so there is nothing left to decide. Nothing was changed.",
		Advice:  []string{"If the role is still needed, its beneficiary can ask again."},
		Next:    NextStep{Text: "Open the request", Link: request},
	}
}

// DamagedLink is the page for the link of a request that cannot be read.
func DamagedLink() ProblemPage {
	return ProblemPage{
		Title:   "The link is damaged",
		Meaning: "It is incomplete, or was changed on its way. Nothing was changed.",
		Advice: []string{
			"Copy the whole link: e-mail programs may cut it at the end of a line.",
			"If that does not help, ask whoever sent it for the link on the page of their request.",
		},
		Next: homeStep(),
	}
}
