package view

import (
	"slices"
	"strings"
)

// approvedBy says who approved it, where that is known.
func (m AskedPage) approvedBy() string {
	if m.DecidedBy == "" || m.State != Approved && m.State != Over {
		return ""
	}
	return " " + m.DecidedBy + " approved it."
}

// decider says who decided, where that is known, after words that say that somebody did.
func (m AskedPage) decider() string {
	if m.DecidedBy == "" {
		return ""
	}
	return ", by " + m.DecidedBy
}

// unknown says what follows for a request from a group that could not be read.
func (m AskedPage) unknown(own bool) string {
	are := "you are"
	if !own {
		are = m.Beneficiary + " is"
	}
	return "It is not known at the moment whether " + are + " still eligible through it, so the request cannot be approved " +
		"just now. It stays open. Reload in a minute; tell an administrator if it stays like this."
}

// notSent says whether nobody was sent an e-mail.
func (m AskedPage) notSent() bool {
	return m.Mail != nil && len(m.Mail.Unsent) > 0 && !m.Mail.Copied && len(m.reached()) == 0
}

// reached are the reviewers who were sent an e-mail.
func (m AskedPage) reached() []string {
	return slices.DeleteFunc(slices.Clone(m.Reviewers), func(r string) bool { return slices.Contains(m.Mail.Unsent, r) })
}

// sent says who was sent an e-mail.
func (m AskedPage) sent() string {
	return wereSent(list(m.Reviewers, "reviewer"), len(m.Reviewers)) + " an e-mail"
}

// unsent says who was sent none. It names everybody, since somebody has to tell them.
func (m AskedPage) unsent() string {
	if m.notSent() {
		return "No e-mail was sent"
	}
	return "The e-mail to " + everybody(m.Mail.Unsent) + " was not sent"
}

// others says which reviewers were sent one although somebody was not.
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

// everybody joins names as list does, without leaving any out.
func everybody(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
