package client

import (
	"slices"
	"sync"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// Planned is who is to be eligible by the plans of one walk: two new resources find nothing of each
// other in a policy.
type Planned struct {
	mu      sync.Mutex
	members map[planned][]eligibility.Principal
	created []Place
}

type planned struct {
	eligibility.Key
	constraint eligibility.Constraint
}

// Add notes members of a plan.
func (p *Planned) Add(k eligibility.Key, c eligibility.Constraint, members []eligibility.Principal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.members == nil {
		p.members = map[planned][]eligibility.Principal{}
	}
	p.members[planned{k, c}] = append(p.members[planned{k, c}], members...)
}

// Members are those of all plans so far.
func (p *Planned) Members(k eligibility.Key, c eligibility.Constraint) []eligibility.Principal {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.members[planned{k, c}])
}

// Create notes the places of a new resource. It returns those of other new resources for the same
// members under other titles or descriptions.
func (p *Planned) Create(places []Place) (others []Place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, other := range p.created {
		same := func(at Place) bool {
			return at.Key == other.Key && at.Constraint == other.Constraint && at.Member == other.Member && at != other
		}
		if slices.ContainsFunc(places, same) && !slices.Contains(others, other) {
			others = append(others, other)
		}
	}
	p.created = append(p.created, places...)
	return others
}
