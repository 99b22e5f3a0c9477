package eligibility

import "strings"

// Membership says whether a person is in a group.
type Membership int

const (
	// NotAsked is for a group that nobody asked about.
	NotAsked Membership = iota
	// Member means that the person is in the group, directly or through other groups.
	Member
	// NotMember means that the person is not in the group.
	NotMember
	// Unreadable means that the group could not be read; it never entitles.
	Unreadable
)

// Person is somebody who asks for access, and what is known about their groups.
type Person struct {
	Email string
	// Groups has the memberships by lower-case e-mail of the group; groups that were not asked are
	// absent.
	Groups map[string]Membership
	// Causes says why groups could not be read, for the log.
	Causes map[string]error
}

// matchingMember is the member that names the person: the user, or else the first group that the
// person is in.
func (p Person) matchingMember(members []string) (Principal, bool) {
	user := Principal{Kind: User, Email: strings.ToLower(p.Email)}
	var group Principal
	for _, m := range members {
		who, err := ParsePrincipal(m)
		switch {
		case err != nil:
		case who == user:
			return user, true
		case who.Kind == Group && p.Groups[who.Email] == Member && group == Principal{}:
			group = who
		}
	}
	return group, group != Principal{}
}

// inUnreadableGroups is the person as a member of every group that could not be read.
func (p Person) inUnreadableGroups() Person {
	groups := map[string]Membership{}
	for group, membership := range p.Groups {
		if membership == Unreadable {
			groups[group] = Member
		}
	}
	return Person{Email: p.Email, Groups: groups}
}
