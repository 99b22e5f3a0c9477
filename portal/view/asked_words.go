package view

import (
	"slices"
	"strings"
)

// approvedBy says who approved the request, if that is known.
func (m AskedPage) approvedBy() string {
	if m.DecidedBy == "" || m.State != Approved && m.State != Over {
		return ""
	}
	return " " + m.DecidedBy + " approved it."
}

// byDecider says who decided, if that is known, after words that say that somebody did.
func (m AskedPage) byDecider() string {
	if m.DecidedBy == "" {
		return ""
	}
	return ", by " + m.DecidedBy
}

// eligibilityUnknown says what it means for the request that a group could not be read.
func (m AskedPage) eligibilityUnknown(own bool) string {
	are := "you are"
	if !own {
		are = m.Beneficiary + " is"
	}
	return "It is not known at the moment whether " + are + " still eligible through it, so the request cannot be approved " +
		"just now. It stays open. Reload in a minute; tell an administrator if it stays like this."
}

// nobodyReached reports whether nobody was sent an e-mail.
func (m AskedPage) nobodyReached() bool {
	return m.Mail != nil && len(m.Mail.Unreached) > 0 && !m.Mail.Copied && len(m.reached()) == 0
}

// reached are the reviewers who were sent an e-mail.
func (m AskedPage) reached() []string {
	return slices.DeleteFunc(slices.Clone(m.Reviewers), func(r string) bool { return slices.Contains(m.Mail.Unreached, r) })
}

// sentTo says who was sent an e-mail.
func (m AskedPage) sentTo() string {
	return wereSent(list(m.Reviewers, "reviewer"), len(m.Reviewers)) + " an e-mail"
}

// notSentTo says who was not sent an e-mail. It names everybody, because somebody has to pass on
// the link.
func (m AskedPage) notSentTo() string {
	if m.nobodyReached() {
		return "No e-mail was sent"
	}
	return "The e-mail to " + listAll(m.Mail.Unreached) + " was not sent"
}

// others says which reviewers were sent an e-mail although somebody was not.
func (m AskedPage) others() string {
	reached := m.reached()
	if len(reached) == 0 {
		return ""
	}
	return wereSent(list(reached, "reviewer"), len(reached)) + " one. "
}

func wereSent(whom string, n int) string {
	if n == 1 {
		return whom + " was sent"
	}
	return whom + " were sent"
}

// listAll joins names as list does, but leaves none out.
func listAll(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
