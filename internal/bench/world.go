package main

import (
	"fmt"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	project       = "payments-prod"   // where the portal's figures are taken
	boundProject  = "payments-ledger" // where the provider writes its bindings
	eligibleGroup = "oncall@example.com"
	person        = "alice@example.com" // in the group, three groups deep
	crowd         = 20                  // people of the group who act at once
	peerProject   = "data-lake"         // where peers approve
	peerRole      = "roles/compute.admin"
	peers         = 10  // who may approve
	bindings      = 200 // of the provider, each with a person of its own
)

// roles are twelve that the group is eligible for.
var roles = []string{
	"roles/bigquery.admin", "roles/cloudsql.admin", "roles/compute.admin", "roles/container.admin", "roles/dns.admin", "roles/logging.admin",
	"roles/monitoring.admin", "roles/pubsub.admin", "roles/run.admin", "roles/secretmanager.admin", "roles/spanner.admin", "roles/storage.admin",
}

// populate adds to the demo's organization the people of the measurements, and makes one group
// eligible for twelve roles on one project.
func populate(w *world.World) error {
	for i := range bindings {
		w.AddUser(numbered(i), "")
	}
	for i := range crowd {
		if err := w.AddMember(eligibleGroup, numbered(i)); err != nil {
			return fmt.Errorf("adding the crowd to %s: %w", eligibleGroup, err)
		}
	}
	err := w.Edit("projects/"+project, func(p *iampb.Policy) {
		for _, role := range roles {
			p.Bindings = append(p.Bindings, &iampb.Binding{
				Role: role, Members: []string{"group:" + eligibleGroup},
				Condition: &expr.Expr{Title: "Eligible for JIT access", Expression: "has({}.jitAccessConstraint)"},
			})
		}
	})
	if err != nil {
		return fmt.Errorf("making %s eligible: %w", eligibleGroup, err)
	}
	return addPeers(w)
}

// addPeers makes the person and the peers eligible for a role that needs approval, each by name,
// and lets the foreign writer set policies.
func addPeers(w *world.World) error {
	members := []string{"user:" + person}
	for i := range peers {
		members = append(members, "user:"+numbered(i))
	}
	if err := w.Edit("projects/"+peerProject, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{
			Role: peerRole, Members: members,
			Condition: &expr.Expr{Title: "Eligible with approval", Expression: "has({}.multiPartyApprovalConstraint)"},
		})
	}); err != nil {
		return fmt.Errorf("making peers eligible: %w", err)
	}
	w.AddUser(foreignWriter, "")
	if err := w.Edit("projects/"+boundProject, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/resourcemanager.projectIamAdmin", Members: []string{"user:" + foreignWriter}})
	}); err != nil {
		return fmt.Errorf("letting the foreign writer in: %w", err)
	}
	return nil
}

// numbered is the address of the i-th of many people.
func numbered(i int) string { return fmt.Sprintf("person-%03d@example.com", i) }
