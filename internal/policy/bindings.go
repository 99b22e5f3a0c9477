package policy

import "github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"

// BindingsOf are the bindings of a policy in the grammar's terms, in their order. A nil policy has
// none.
func BindingsOf(p *Policy) []eligibility.Binding {
	if p == nil {
		return nil
	}
	all := make([]eligibility.Binding, len(p.Bindings))
	for i, b := range p.Bindings {
		all[i] = BindingOf(b)
	}
	return all
}

// BindingOf is one of them. The location of a condition, which serves to find errors, is left out.
func BindingOf(b *Binding) eligibility.Binding {
	var c Expr
	if b.Condition != nil {
		c = *b.Condition
	}
	return eligibility.FromParts(b.Role, b.Members, c.Title, c.Description, c.Expression)
}
