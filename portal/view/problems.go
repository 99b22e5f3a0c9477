package view

import "slices"

// NotYours answers for every role and project that is not the reader's, in the same words whether it exists or not.
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
		Way:    home(),
		Switch: true,
	}
}

// NothingHere answers for every project and page that is not the reader's and names no role, in the same words whether it
// exists or not.
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

// NotActive answers for the page of an activation that the policy does not hold, whether there ever was one or not.
func NotActive(id string) ProblemPage {
	return ProblemPage{
		Title: "This activation is not active",
		Meaning: "No activation of yours with the number " + id + " is in the IAM policy now. " +
			"If there was one, the audit log has it under this number.",
		Advice: []string{"An activation leaves the policy some time after its end, and when another one takes its place."},
		Way:    home(),
	}
}

// NotSignedIn answers who came without a sign-in that can be verified.
func NotSignedIn() ProblemPage {
	return ProblemPage{
		Title:   "Sign in to continue",
		Meaning: "The portal could not tell who you are: this visit came without a valid sign-in of Identity-Aware Proxy.",
		Advice: []string{
			"Sign in again; a sign-in that is too old is the usual cause.",
			"If you land here again, give an administrator the request number below. The address may bypass " +
				"Identity-Aware Proxy, or the portal may expect another audience.",
		},
		Way: Way{Text: "Sign in again", Link: switchAddress},
	}
}

// NoPage answers an address that no page has.
func NoPage() ProblemPage {
	return ProblemPage{
		Title: "There is no page here",
		Meaning: "The address is incomplete or out of date. Links in e-mails break when they are cut at the end of a " +
			"line; copy the whole link.",
		Way: home(),
	}
}

// Unreadable answers what no form or link of the portal sends.
func Unreadable() ProblemPage {
	return ProblemPage{
		Title:   "The portal cannot read this form",
		Meaning: "Something in it is missing or damaged. Nothing was changed.",
		Advice:  []string{"Start again from your access; if it happens again, give an administrator the request number below."},
		Way:     home(),
	}
}

// ForeignForm answers a form that another site sent.
func ForeignForm() ProblemPage {
	return ProblemPage{
		Title:   "This came from another site",
		Meaning: "The portal only acts on forms of its own pages. Nothing was changed.",
		Advice: []string{
			"If you meant to do something, do it from your access.",
			"If you did not, tell an administrator where you came from.",
		},
		Way: home(),
	}
}

// Guarded answers for the projects on which the portal activates nothing, because whoever can act there could act as the
// portal.
func Guarded(project string) ProblemPage {
	return ProblemPage{
		Title: "The portal activates nothing on " + project,
		Meaning: "The portal itself runs there or keeps its service account there. Whoever could act as it would have " +
			"access to everything that it manages. Nothing was activated.",
		Advice: []string{"Ask an administrator of the project for the access that you need there."},
		Way:    home(),
	}
}

// TooManyPages answers who opens pages faster than people read, which would use up what Google lets the portal ask.
func TooManyPages() ProblemPage {
	return ProblemPage{
		Title: "You have opened many pages in a short time",
		Meaning: "Nothing on them was yours, and each one costs what everybody shares. " +
			"Nothing was changed, and roles that are active stay active until their end.",
		Advice: []string{"Wait half a minute and reload."},
		Way:    home(),
	}
}

// Conflict answers when other changes of the same policy won each time, and offers the form once more.
func Conflict(again Resend) ProblemPage {
	return ProblemPage{
		Title:   "Somebody else changed the policy at the same time",
		Meaning: "The portal tried several times and gave up. Nothing was changed, and what you wrote is kept.",
		Again:   &again,
		Way:     home(),
	}
}

// Gone answers when what the form was about no longer holds: it has ended, or is not as the page showed it.
func Gone() ProblemPage {
	return ProblemPage{
		Title:   "This has changed since the page was shown",
		Meaning: "What you wanted to change has ended or was changed by somebody else. Nothing was done.",
		Advice:  []string{"Your access shows what is active now."},
		Way:     home(),
	}
}

// NoAnswer answers when Google Cloud did not. Service is what was asked, and may be empty; again is where to try again.
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
		Way:    Way{Text: "Try again", Link: again},
		Status: true,
	}
}

// Unsettled answers when it is not known whether a change was written.
func Unsettled() ProblemPage {
	return ProblemPage{
		Title:   "It is not certain whether this worked",
		Meaning: "Google Cloud stopped answering while the portal wrote the change. Your access shows what is active now.",
		Advice:  []string{"Look there first. If nothing changed, do it again: doing it twice does no harm."},
		Way:     home(),
	}
}

// NotPermitted answers when the portal lacks a permission: it names what an administrator has to grant, and nothing
// that Google answered. Resource is the one that the reader named, or "" where another one is meant.
func NotPermitted(service, permission, resource string) ProblemPage {
	return ProblemPage{
		Title: "The portal lacks a permission",
		Meaning: "The portal cannot go on until an administrator grants it. Nothing was changed, and roles that are " +
			"active stay active until their end.",
		Advice: []string{"Send this to an administrator, with the request number below."},
		Detail: lacking(service, permission, resource),
		Way:    home(),
	}
}

// lacking leaves out where the permission is missing, if that is not for everybody to see.
func lacking(service, permission, resource string) []Fact {
	facts := []Fact{{Name: "Service", Value: service}, {Name: "Missing permission", Value: permission, Code: true}}
	if resource != "" {
		facts = append(facts, Fact{Name: "On", Value: resource, Code: true})
	}
	return facts
}

// Unexpected answers what nobody foresaw.
func Unexpected() ProblemPage {
	return ProblemPage{
		Title:   "Something went wrong in the portal",
		Meaning: "Nothing was changed as far as the portal knows. Your access shows what is active now.",
		Advice:  []string{"If it happens again, give an administrator the request number below; the cause is recorded under it."},
		Way:     home(),
	}
}

func home() Way {
	return Way{Text: "Your access", Link: homeAddress}
}
