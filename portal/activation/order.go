package activation

import (
	"fmt"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// Order asks to activate roles on one project, for the person who orders.
type Order struct {
	Person        string // e-mail, lower-case
	Project       string // bare id
	Roles         []eligibility.Reference
	Justification string
	Duration      time.Duration
	ID            string // of the activation, from its form; see eligibility.NewID
}

func (o Order) resource() string { return resource(o.Project) }

// content is what the order is about, whatever its words and its time.
func (o Order) content() string {
	keys := make([]eligibility.Key, len(o.Roles))
	for i, r := range o.Roles {
		keys[i] = eligibility.Key{Resource: o.resource(), Role: r.Role, ResourceCondition: r.ResourceCondition}
	}
	return contentOf("grant", o.Person, keys...)
}

// contentOf is what a change does, to whose access, to which roles: what Google refuses once for
// these, it refuses again.
func contentOf(does, person string, keys ...eligibility.Key) string {
	parts := []string{does, strings.ToLower(person)}
	for _, k := range keys {
		parts = append(parts, k.Role, k.ResourceCondition)
	}
	return fmt.Sprintf("%q", parts)
}

// check returns the first thing that a person cannot correct, or else everything that they can.
func (d *Desk) check(o Order, kind eligibility.IDKind) error {
	if !eligibility.ProjectCanExist(o.Project) {
		return notEligible(nil)
	}
	if !eligibility.ValidID(o.ID) || !strings.HasPrefix(o.ID, string(kind)+"-") {
		return &Refusal{Reason: StaleForm, Message: staleMessage}
	}
	return append(d.roleFaults(o.Roles), d.rules.orderFaults(o)...).orNil()
}

// GuardedMessage says why nothing is activated on a guarded project.
const GuardedMessage = "The portal never activates a role on this project: whoever could act as the portal, or change it, would own everything it manages."

// guard refuses orders on guarded projects. It is called after eligibility was found, so
// that others learn nothing about these projects.
func (d *Desk) guard(project string) error {
	if d.rules.Guards(project) {
		return &Refusal{Reason: Guarded, Message: GuardedMessage}
	}
	return nil
}

const staleMessage = "This form belongs to another activation. Open the project again and start from there. Nothing was activated."

// notEligible is the refusal for a person without an entitlement, whether the role exists or not.
func notEligible(err error) *Refusal {
	return &Refusal{Reason: NotEligible, Err: err,
		Message: "You are not eligible for it, or the role or project does not exist."}
}

func (d *Desk) roleFaults(roles []eligibility.Reference) Faults {
	switch {
	case len(roles) == 0:
		return Faults{{FieldRoles, "Select at least 1 role to activate."}}
	case len(roles) > d.rules.MaxRoles:
		return Faults{{FieldRoles, fmt.Sprintf("Select at most %d roles at a time.", d.rules.MaxRoles)}}
	}
	return nil
}

var tooLong = fmt.Sprintf("Write at most %d characters.", eligibility.MaxText)
