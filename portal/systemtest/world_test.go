package systemtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// A tenant is a folder with a project, a person, and three groups nested in one another with the
// person in the innermost: all that one experiment needs, so that many can run at the same time.
type tenant struct{ number int }

func (p tenant) folder() string        { return fmt.Sprintf("folders/7%08d", p.number) }
func (p tenant) id() string            { return fmt.Sprintf("tenant-%04d", p.number) }
func (p tenant) project() string       { return "projects/" + p.id() }
func (p tenant) page() string          { return "/projects/" + p.id() }
func (p tenant) person() string        { return fmt.Sprintf("person-%04d@example.com", p.number) }
func (p tenant) group(n int) string    { return fmt.Sprintf("group-%04d-%d@example.com", p.number, n) }
func (p tenant) administrator() string { return fmt.Sprintf("admin-%04d@example.com", p.number) }
func (p tenant) outerGroup() string    { return p.group(1) }
func (p tenant) member() string        { return "user:" + p.person() }
func (p tenant) groupMember() string   { return "group:" + p.outerGroup() }

const (
	administrators = "administrators@example.com" // a group
	organization   = "organizations/433637338589"
	marker         = "has({}.jitAccessConstraint)"
)

// object is an object of a world file.
type object = map[string]any

// foreignPolicy are bindings and an audit configuration that are none of the portal's business,
// with every field that Google documents.
func foreignPolicy() *iampb.Policy {
	return &iampb.Policy{
		Bindings: []*iampb.Binding{
			{Role: "roles/owner", Members: []string{"user:admin@example.com"}},
			{Role: "roles/logging.viewer", Members: []string{"group:oncall@example.com", "user:bob@example.com"}},
			{Role: "roles/storage.objectViewer", Members: []string{"deleted:user:mallory@example.com?uid=112233445566778899001", "user:bob@example.com"}},
			{Role: "roles/storage.objectAdmin", Members: []string{"user:bob@example.com"}, Condition: &expr.Expr{
				Title: "Release bucket", Description: "Only what the pipeline writes", Location: "policies/release.yaml:12",
				Expression: `resource.name.startsWith("projects/_/buckets/releases/")`,
			}},
		},
		AuditConfigs: []*iampb.AuditConfig{{Service: "storage.googleapis.com", AuditLogConfigs: []*iampb.AuditLogConfig{
			{LogType: iampb.AuditLogConfig_DATA_READ, ExemptedMembers: []string{"user:bob@example.com"}},
		}}},
	}
}

// worldOf is the world file of an organization with so many tenants, in which the portal may read
// folders.
func worldOf(t *testing.T, tenants int) []byte {
	t.Helper()
	policy, err := protojson.Marshal(foreignPolicy())
	if err != nil {
		t.Fatal(err)
	}
	users := []object{{"email": "admin@example.com"}, {"email": "bob@example.com"}, {"email": "zoe@partner.example"}}
	groups := []object{{"email": "oncall@example.com", "members": []string{"bob@example.com"}}, {"email": administrators}}
	var folders []object
	for i := range tenants {
		p := tenant{i}
		users = append(users, object{"email": p.person()})
		groups = append(groups,
			object{"email": p.group(1), "members": []string{p.group(2)}},
			object{"email": p.group(2), "members": []string{p.group(3)}},
			object{"email": p.group(3), "members": []string{p.person()}})
		folders = append(folders, object{"number": p.folder()[len("folders/"):], "name": "Folder of " + p.id(), "projects": []object{
			{"id": p.id(), "number": fmt.Sprintf("8%08d", i), "policy": json.RawMessage(policy)},
		}})
	}
	roles := []object{{"name": ownRole}, {"name": groupRole}}
	for i := range manyRoles {
		roles = append(roles, object{"name": roleOf(i)})
	}
	portal := "serviceAccount:" + testbed.PortalAccount
	text, err := json.Marshal(object{
		"organization": object{
			"number": organization[len("organizations/"):], "customer": "C01example", "domains": []string{"example.com"},
			"policy": object{"bindings": []object{
				{"role": "roles/resourcemanager.projectIamAdmin", "members": []string{portal}},
				{"role": "roles/cloudasset.viewer", "members": []string{portal}},
				{"role": "roles/iam.securityReviewer", "members": []string{portal}},
			}},
			"folders":  folders,
			"projects": []object{{"id": testbed.PortalProject, "number": "200000000100"}},
		},
		"users": users, "groups": groups,
		"serviceAccounts": []object{{"email": testbed.PortalAccount, "policy": object{"bindings": []object{
			{"role": "roles/iam.serviceAccountTokenCreator", "members": []string{portal}}, // it signs as itself
		}}}},
		"predefinedRoles":  roles,
		"directoryReaders": []string{testbed.PortalAccount},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// eligible makes members eligible for a role where resource says.
func (s *scene) eligible(resource, role string, members ...string) {
	s.t.Helper()
	s.edit(resource, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, eligibleBinding(role, members...))
	})
}

// removeEligible removes all eligible bindings from a resource.
func (s *scene) removeEligible(resource string) {
	s.t.Helper()
	s.edit(resource, func(p *iampb.Policy) {
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool { return b.GetCondition().GetExpression() == marker })
	})
}

// clock is the wall clock, moved for a while.
type clock struct{ offset atomic.Int64 }

func newClock(offset time.Duration) *clock {
	c := new(clock)
	c.set(offset)
	return c
}

func (c *clock) set(offset time.Duration) { c.offset.Store(int64(offset)) }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func (s *scene) edit(resource string, change func(*iampb.Policy)) {
	s.t.Helper()
	if err := s.World().Edit(resource, change); err != nil {
		s.t.Fatal(err)
	}
}

// policy is the policy of a resource as it is now, without its etag.
func (s *scene) policy(resource string) *iampb.Policy {
	p, ok := s.World().Policy(resource)
	if !ok {
		s.t.Errorf("there is no %s", resource)
		return &iampb.Policy{}
	}
	p.Etag = nil
	return p
}

// activations are the temporary bindings of a policy.
func activations(p *iampb.Policy) []eligibility.Activation {
	var found []eligibility.Activation
	for _, b := range p.GetBindings() {
		if a, ok := activationOf(b); ok {
			found = append(found, a)
		}
	}
	return found
}

func activationOf(b *iampb.Binding) (eligibility.Activation, bool) {
	read := eligibility.Binding{Role: b.GetRole(), Members: b.GetMembers()}
	if c := b.GetCondition(); c != nil {
		read.Condition = &eligibility.Condition{Title: c.GetTitle(), Description: c.GetDescription(), Expression: c.GetExpression()}
	}
	a, ok, _ := eligibility.ReadActivation("", read)
	return a, ok
}
