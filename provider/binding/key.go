package binding

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// key is what a resource is known by.
type key struct {
	resource   string // "projects/ID", "folders/NUMBER" or "organizations/NUMBER"
	role       string
	constraint eligibility.Constraint
	condition  string // the canonical resource condition, "" for none
	expression string // what the resource writes into a binding of this key
}

// newKey fails where the resource condition does not compile or leaves too few of IAM's logical
// operators for an activation.
func newKey(resource, role string, c eligibility.Constraint, condition string) (key, error) {
	canonical, err := eligibility.Canonical(condition)
	if err != nil {
		return key{}, err
	}
	expression, err := eligibility.WriteEligible(c, canonical)
	if err != nil {
		return key{}, err
	}
	return key{resource, role, c, canonical, expression}, nil
}

// granted is the key as other packages have it, without the constraint.
func (k key) granted() eligibility.Key {
	return eligibility.Key{Resource: k.resource, Role: k.role, ResourceCondition: k.condition}
}

// wording is what may differ between two bindings of one key.
type wording struct {
	title, description string
	terms              string // the whole expression of a binding with terms, "" for one without
}

// compare orders wordings by title, description and terms.
func (t wording) compare(o wording) int {
	return cmp.Or(strings.Compare(t.title, o.title), strings.Compare(t.description, o.description), strings.Compare(t.terms, o.terms))
}

// String names a binding to a practitioner.
func (t wording) String() string {
	s := fmt.Sprintf("the title %q", t.title)
	if t.description != "" {
		s += fmt.Sprintf(" and the description %q", t.description)
	}
	if t.terms != "" {
		s += " with terms of its own"
	}
	return s
}

// read tells whether a binding is of this key, and its wording.
func (k key) read(b *policy.Binding) (wording, bool) {
	if b.Role != k.role || b.Condition == nil {
		return wording{}, false
	}
	t := wording{title: b.Condition.Title, description: b.Condition.Description}
	if b.Condition.Expression == k.expression {
		return t, true
	}
	e, eligible := eligibleBy(b)
	if !eligible || e.Constraint != k.constraint || e.ResourceCondition != k.condition {
		return wording{}, false
	}
	if e.Terms {
		t.terms = b.Condition.Expression
	}
	return t, true
}

// place is a member in the binding of the key with a wording.
func (k key) place(t wording, who eligibility.Principal) client.Place {
	return client.Place{Key: k.granted(), Constraint: k.constraint, Title: t.title, Description: t.description, Terms: t.terms, Member: who}
}

func (k key) placesOf(t wording, members []eligibility.Principal) []client.Place {
	all := make([]client.Place, len(members))
	for i, who := range members {
		all[i] = k.place(t, who)
	}
	return all
}

// write is the condition of a binding of this key.
func (k key) write(t wording) *policy.Expr {
	return &policy.Expr{Title: t.title, Description: t.description, Expression: k.expression}
}

// isExactly tells whether a binding is the one that write would make.
func (k key) isExactly(b *policy.Binding, t wording) bool {
	return b.Role == k.role && b.Condition != nil && b.Condition.Location == "" &&
		b.Condition.Expression == k.expression && b.Condition.Title == t.title && b.Condition.Description == t.description
}

// eligibleBy is what the condition of a binding says, if it is that of an eligible one.
func eligibleBy(b *policy.Binding) (eligibility.Eligible, bool) {
	c := policy.BindingOf(b).Condition
	if c == nil {
		return eligibility.Eligible{}, false
	}
	e, ok, _ := eligibility.ReadEligible(*c)
	return e, ok
}
