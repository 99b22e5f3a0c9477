package view

// notice is a fact and what it means.
type notice struct{ fact, meaning string }

// notices are the gaps as people need to know them, without the names of groups.
func (g Gaps) notices() []notice {
	var all []notice
	if g.Groups > 0 {
		all = append(all, g.groups())
	}
	if len(g.Unread) > 0 {
		all = append(all, g.unread())
	}
	if g.Indexed > 0 {
		all = append(all, g.indexed())
	}
	return all
}

func (g Gaps) groups() notice {
	through := "that group"
	if g.Groups > 1 {
		through = "those groups"
	}
	return notice{
		fact: "This list may be incomplete.",
		meaning: "The members of " + count(g.Groups, "group") + " cannot be read at the moment, so roles that you have " +
			"through " + through + " are missing. Reload in a few minutes; tell an administrator if it stays like this.",
	}
}

func (g Gaps) unread() notice {
	policy := "The policy of "
	if len(g.Unread) > 1 {
		policy = "The policies of "
	}
	return notice{
		fact:    policy + list(g.Unread, "project") + " could not be read.",
		meaning: "Google Cloud’s index stands in. What changed in the last minutes may be missing here.",
	}
}

func (g Gaps) indexed() notice {
	are := " are shown as Google Cloud’s index has them."
	if g.Indexed == 1 {
		are = " is shown as Google Cloud’s index has it."
	}
	return notice{
		fact:    count(g.Indexed, "project") + are,
		meaning: "What changed there in the last minutes may be missing here; the page of a project has it.",
	}
}
