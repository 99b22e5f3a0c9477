package eligibility

// Standing is what one person may activate, and has active, on one project.
type Standing struct {
	Project      string
	Entitlements []Entitlement
	// Activations are the current and past ones of this person, as found.
	Activations []Activation
	// Unreadable names the groups whose members could not be read.
	Unreadable []string
	Findings   []Finding
}

// Overview is the Standing of one person on every project.
type Overview struct {
	// Standings are sorted by project.
	Standings []Standing
	// FromIndex names the projects that were not read live.
	FromIndex []string
	// Unread names the projects whose policy could not be read live.
	Unread []string
	// Unreadable names the groups whose members could not be read.
	Unreadable []string
}
