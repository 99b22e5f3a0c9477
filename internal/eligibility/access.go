package eligibility

import (
	"slices"
	"time"
)

// ProjectAccess is what one person may activate, and has active, on one project.
type ProjectAccess struct {
	Project string
	// Entitlements are those that the person chooses from; see Offered.
	Entitlements []Entitlement
	// Held are all of them. Who may approve or be granted a request is judged by these.
	Held []Entitlement
	// Doubtful are those that the person may have besides; see the function Doubtful.
	Doubtful []Entitlement
	// Activations are the current and past ones of this person, as found.
	Activations []Activation
	// Unreadable names the groups whose members could not be read.
	Unreadable []string
	// Titles are what people call roles, by name, as far as that is known.
	Titles map[string]string
	// Unread is why the project could not be read where nothing of the person was found.
	Unread error
}

// Open is the person's activation of a key that is open now. A newer binding may stand beside it:
// that of a request that was declined.
func (p ProjectAccess) Open(k Key, now time.Time) (Activation, bool) {
	return p.activation(func(a Activation) bool { return a.Key == k && a.Window.Contains(now) })
}

// Newest is the person's newest activation of a key.
func (p ProjectAccess) Newest(k Key) (Activation, bool) {
	return p.activation(func(a Activation) bool { return a.Key == k })
}

func (p ProjectAccess) activation(fits func(Activation) bool) (Activation, bool) {
	i := slices.IndexFunc(p.Activations, fits)
	if i < 0 {
		return Activation{}, false
	}
	return p.Activations[i], true
}

// Offers returns what the person chooses from of a key.
func (p ProjectAccess) Offers(k Key) (Entitlement, bool) {
	i := slices.IndexFunc(p.Entitlements, func(e Entitlement) bool { return e.Key == k })
	if i < 0 {
		return Entitlement{}, false
	}
	return p.Entitlements[i], true
}

// Overview is the ProjectAccess of one person on every project.
type Overview struct {
	// Projects are sorted by project.
	Projects []ProjectAccess
	// FromIndex names the projects that were not read live.
	FromIndex []string
	// Unread names the projects whose policy could not be read live.
	Unread []string
	// Unreadable names the groups whose members could not be read.
	Unreadable []string
}

// Holdings is what everybody has on one project, for administrators.
type Holdings struct {
	// Activations are the current and past ones of everybody, as found.
	Activations []Activation
	// Titles are what people call their roles, by name, as far as that is known.
	Titles map[string]string
	// Findings are those of the project's own bindings.
	Findings []Finding
}

// Peer is somebody who could approve, and why.
type Peer struct {
	Email    string
	Evidence Evidence
}

// Peers are those who could approve one person's request for one entitlement.
type Peers struct {
	// Access is that of the person who asks.
	Access ProjectAccess
	// People are sorted by e-mail; the person who asks is not among them.
	People []Peer
	// Unreadable names the groups whose members could not be read.
	Unreadable []string
}
