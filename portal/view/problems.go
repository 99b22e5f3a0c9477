package view

import (
	"slices"
	"strings"
)

// NotYours is the page of a role that the reader has no access to. It is the same whether the role
// exists or not.
func NotYours() ProblemPage {
	return ProblemPage{
		Title: "You have no access to this role",
		Meaning: "As far as the portal can tell, you are not eligible for it, or the role or project does not exist. " +
			"The portal gives the same answer for both.",
		Advice: []string{
			"If the role is yours through a group, the portal may not have been able to read that group just now: try again in " +
				"a minute. If it stays like this, give an administrator the request number below.",
			"Switch the account if you are eligible with another one.",
			"Ask an administrator to add you to an eligible binding; name the role and the project.",
			"If you were added only just now, wait a few minutes and reload.",
		},
		Next:          homeStep(),
		SwitchAccount: true,
	}
}

// NothingHere is the page of an address that names no role and that the reader has no access to. It
// is the same whether the project exists or not.
func NothingHere() ProblemPage {
	m := NotYours()
	m.Title = "You have no access here"
	m.Meaning = "As far as the portal can tell, you are not eligible for anything on this project, or the page is for administrators, " +
		"or the project does not exist. The portal gives the same answer for all of these."
	m.Advice = slices.Clone(m.Advice)
	m.Advice[0] = "If a role on it is yours through a group, the portal may not have been able to read that group just now: try again in " +
		"a minute. If it stays like this, give an administrator the request number below."
	return m
}

// NotActive is the page of an activation that is not in the policy, whether there ever was one or
// not.
func NotActive(id string) ProblemPage {
	return ProblemPage{
		Title: "This activation is not active",
		Meaning: "No activation of yours with the number " + id + " is in the IAM policy now. " +
			"If there was one, the audit log has it under this number.",
		Advice: []string{"An activation leaves the policy some time after its end, and when another one takes its place."},
		Next:   homeStep(),
	}
}

// NotSignedIn is the page for somebody without a sign-in that can be verified.
func NotSignedIn() ProblemPage {
	return ProblemPage{
		Title:   "Sign in to continue",
		Meaning: "The portal could not tell who you are: this visit came without a valid sign-in of Identity-Aware Proxy.",
		Advice: []string{
			"Sign in again; a sign-in that is too old is the usual cause.",
			"If you land here again, give an administrator the request number below. The address may bypass " +
				"Identity-Aware Proxy, or the portal may expect another audience.",
		},
		Next: NextStep{Text: "Sign in again", Link: switchAddress},
	}
}

// NoPage is the page of an address that no route has.
func NoPage() ProblemPage {
	return ProblemPage{
		Title: "There is no page here",
		Meaning: "The address is incomplete or out of date. Links in e-mails break when they are cut at the end of a " +
			"line; copy the whole link.",
		Next: homeStep(),
	}
}

// Unreadable is the page for a form or a link that the portal never makes.
func Unreadable() ProblemPage {
	return ProblemPage{
		Title:   "The portal cannot read this form",
		Meaning: "Something in it is missing or damaged. Nothing was changed.",
		Advice:  []string{"Start again from your access; if it happens again, give an administrator the request number below."},
		Next:    homeStep(),
	}
}

// Guarded is the page for orders on projects where the portal activates nothing, because whoever
// can act there could act as the portal.
func Guarded(project string) ProblemPage {
	return ProblemPage{
		Title: "The portal activates nothing on " + project,
		Meaning: "The portal runs there, keeps its service account there, or was told to guard the project. Whoever could act as the " +
			"portal, or change it, would have access to everything that it manages. Nothing was activated.",
		Advice: []string{"Ask an administrator of the project for the access that you need there."},
		Next:   homeStep(),
	}
}

// OutOfScope is the page for something to end on a project that has left the portal's scope.
// Commands remove the activations by hand; there are none where only a request was to be closed.
func OutOfScope(project string, commands []string) ProblemPage {
	m := ProblemPage{
		Title:   "The portal does not manage " + project,
		Meaning: "The project stands outside the folder or organization that the portal looks after, so the portal changes nothing there. Nothing was changed.",
		Advice: []string{
			"A request for a role there cannot be approved, and expires by itself.",
			"If the portal should manage the project, an administrator can move it back, or change the portal's scope.",
		},
		Next: homeStep(),
	}
	if len(commands) > 0 {
		m.Meaning += " What is active stays active until its end."
		m.Advice[0] = "Whoever may change the project's IAM policy, such as one of its owners, can end it now: what stands below removes it."
		m.Command = strings.Join(commands, "\n")
	}
	return m
}

// Busy is the page for what the portal could not begin, or not finish, in time. Link is the page to
// load again, or else again is the form as it was sent.
func Busy(link string, again *Resend) ProblemPage {
	m := ProblemPage{
		Title: "The portal is busy",
		Meaning: "This page could not be made in time: many are being made at once, or Google Cloud answers slowly. " +
			"Nothing was changed, and roles that are active stay active until their end.",
		Advice: []string{
			"Try again in a few seconds. If you have many pages of the portal open at once, load them one after the other.",
			"If it goes on, give an administrator the request number below.",
		},
		Next: NextStep{Text: "Try again", Link: link},
	}
	if again != nil {
		m.Meaning = "What you sent could not be done in time: much is being done at once, or Google Cloud answers slowly. " +
			"Nothing was changed, and what you wrote is kept."
		m.Advice[0] = "Try again in a few seconds."
		m.Retry, m.Next = again, homeStep()
	}
	return m
}

// Conflict is the page for an order that lost against other changes of the policy each time. It
// offers to send the form again.
func Conflict(again Resend) ProblemPage {
	return ProblemPage{
		Title:   "Somebody else changed the policy at the same time",
		Meaning: "The portal tried several times and gave up. Nothing was changed, and what you wrote is kept.",
		Retry:   &again,
		Next:    homeStep(),
	}
}

// Gone is the page for a form about something that has ended or changed since it was shown.
func Gone() ProblemPage {
	return ProblemPage{
		Title:   "This has changed since the page was shown",
		Meaning: "What you wanted to change has ended or was changed by somebody else. Nothing was done.",
		Advice:  []string{"Your access shows what is active now."},
		Next:    homeStep(),
	}
}

// NoAnswer is the page for an outage of Google Cloud. Service is what did not answer, and may be
// empty; again is the address to try again.
func NoAnswer(service, again string) ProblemPage {
	title := "Google Cloud did not answer"
	if service != "" {
		title = service + " did not answer"
	}
	return ProblemPage{
		Title:   title,
		Meaning: "The portal cannot go on without it. Nothing was changed, and roles that are active stay active until their end.",
		Advice: []string{
			"Try again in a minute.",
			"If it goes on, give an administrator the request number below; the cause is recorded under it.",
		},
		Next:       NextStep{Text: "Try again", Link: again},
		StatusPage: true,
	}
}

// Unsettled is the page for a change of which it is not known whether it was written.
func Unsettled() ProblemPage {
	return ProblemPage{
		Title:   "It is not certain whether this worked",
		Meaning: "Google Cloud stopped answering while the portal wrote the change. Your access shows what is active now.",
		Advice:  []string{"Look there first. If nothing changed, do it again: doing it twice does no harm."},
		Next:    homeStep(),
	}
}

// NotPermitted is the page for a permission that the portal lacks. It names what an administrator
// has to grant. Resource is where, if the reader named it, and otherwise "": it is not for
// everybody to see.
func NotPermitted(service, permission, resource string) ProblemPage {
	m := ProblemPage{
		Title: "The portal lacks a permission",
		Meaning: "The portal cannot go on until an administrator grants it. Nothing was changed, and roles that are " +
			"active stay active until their end.",
		Advice: []string{"Send this to an administrator, with the request number below."},
		Detail: []Fact{{Name: "Service", Value: service}, {Name: "Missing permission", Value: permission, Code: true}},
		Next:   homeStep(),
	}
	if resource != "" {
		m.Detail = append(m.Detail, Fact{Name: "On", Value: resource, Code: true})
	}
	return m
}

// Unexpected is the page for an error that nobody foresaw.
func Unexpected() ProblemPage {
	return ProblemPage{
		Title:   "Something went wrong in the portal",
		Meaning: "Nothing was changed as far as the portal knows. Your access shows what is active now.",
		Advice:  []string{"If it happens again, give an administrator the request number below; the cause is recorded under it."},
		Next:    homeStep(),
	}
}

func homeStep() NextStep {
	return NextStep{Text: "Your access", Link: homeAddress}
}
