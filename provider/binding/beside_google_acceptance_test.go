package binding_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest/googleprovider"
)

// listing is who is listed under one text and expression: in a resource of ours, in one of Google's
// provider for each member, or in a policy.
type listing struct {
	title, description, expression string
	members                        []string
}

func list(title string, members ...string) *listing {
	return &listing{title: title, expression: marker, members: members}
}

func (l *listing) described(text string) *listing { l.description = text; return l }

// spelled is the listing under another expression.
func (l *listing) spelled(expression string) *listing { l.expression = expression; return l }

// stage is what both providers list for one apply, and what the policy has after it.
type stage struct {
	ours, theirs *listing
	want         []*listing
}

// besideGoogle is a story of one role on one resource, which both providers write.
type besideGoogle struct {
	name     string // of the resources in Terraform, too
	resource string
	role     string
	stages   []stage
}

// hcl are the resources of a stage.
func (s besideGoogle) hcl(number int) string {
	text := ""
	at := s.stages[number]
	if at.ours != nil {
		text += typed(bindingType, s.name, s.ours(at.ours))
	}
	if at.theirs != nil {
		for i, member := range at.theirs.members {
			text += s.theirs(fmt.Sprint(s.name, i), member, at.theirs)
		}
	}
	return text
}

func (s besideGoogle) ours(l *listing) string {
	kind, id, _ := strings.Cut(s.resource, "/")
	text := fmt.Sprintf("%s = %q\nrole = %q\nmembers = [\"%s\"]\ntitle = %q\ndescription = %q\n",
		strings.TrimSuffix(kind, "s"), id, s.role, strings.Join(l.members, `", "`), l.title, l.description)
	if _, condition, ok := strings.Cut(l.expression, " && "); ok {
		text += fmt.Sprintf("resource_condition = %q\n", condition)
	}
	return text
}

func (s besideGoogle) theirs(name, member string, l *listing) string {
	kind, id, _ := strings.Cut(s.resource, "/")
	kind = strings.TrimSuffix(kind, "s")
	attribute := kind
	if kind == "organization" {
		attribute = "org_id"
	}
	return typed("google_"+kind+"_iam_member", name, fmt.Sprintf("%s = %q\nrole = %q\nmember = %q\ncondition {\n  title = %q\n  description = %q\n  expression = %q\n}",
		attribute, id, s.role, member, l.title, l.description, l.expression))
}

func (s besideGoogle) check(c *cloud, number int) {
	c.t.Helper()
	var want []*iampb.Binding
	for _, l := range s.stages[number].want {
		want = append(want, providertest.Conditional(s.role, l.title, l.description, l.expression, l.members...))
	}
	c.Expect(s.resource, s.role, want...)
}

// withGoogle are our provider, whose plans are recorded, and Google's.
func (c *cloud) withGoogle(e *recorder) map[string]func() (tfprotov6.ProviderServer, error) {
	all := c.recording(e)
	all[googleprovider.TypeName] = googleprovider.New(c.URL(), c.Token(administrator))
	return all
}

// beside is a step that applies one stage of all stories. Terraform plans twice after it, and
// neither plan may have changes.
func (c *cloud) beside(number int, stories []besideGoogle) resource.TestStep {
	var all []string
	for _, s := range stories {
		all = append(all, s.hcl(number))
	}
	return resource.TestStep{Config: c.hcl(all...), Check: func(*terraform.State) error {
		for _, s := range stories {
			s.check(c, number)
		}
		return nil
	}}
}

const (
	networkTeam = "Network team"
	upperBob    = "user:BOB@example.com"

	onDisks       = marker + " && " + disks // as ours writes it
	onDisksByThem = `resource.type=="compute.googleapis.com/Disk" && has({}.jitAccessConstraint)`
)

// Both providers write the same policies at once, and neither touches the other's members.
func TestAccBesideGoogle_bothStand(t *testing.T) {
	t.Parallel()
	stories := []besideGoogle{
		{name: "same_text_ours_first", resource: payments, role: "roles/compute.viewer", stages: []stage{
			{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
			{ours: list(defaultTitle, alice), theirs: list(defaultTitle, bob), want: []*listing{list(defaultTitle, alice, bob)}},
			{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
		}},
		{name: "same_text_theirs_first", resource: payments, role: "roles/container.viewer", stages: []stage{
			{theirs: list(defaultTitle, bob), want: []*listing{list(defaultTitle, bob)}},
			{ours: list(defaultTitle, alice), theirs: list(defaultTitle, bob), want: []*listing{list(defaultTitle, alice, bob)}},
			{theirs: list(defaultTitle, bob), want: []*listing{list(defaultTitle, bob)}},
		}},
		{name: "other_title_theirs_first", resource: folder, role: "roles/compute.viewer", stages: []stage{
			{theirs: list(networkTeam, bob), want: []*listing{list(networkTeam, bob)}},
			{ours: list(defaultTitle, alice), theirs: list(networkTeam, bob), want: []*listing{list(defaultTitle, alice), list(networkTeam, bob)}},
			{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
		}},
		{name: "other_title_same_member", resource: folder, role: "roles/container.viewer", stages: []stage{
			{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
			{ours: list(defaultTitle, alice), theirs: list(networkTeam, alice), want: []*listing{list(defaultTitle, alice), list(networkTeam, alice)}},
			{theirs: list(networkTeam, alice), want: []*listing{list(networkTeam, alice)}},
		}},
		{name: "other_description_same_member", resource: organization, role: "roles/compute.viewer", stages: []stage{
			{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
			{
				ours: list(defaultTitle, alice), theirs: list(defaultTitle, alice).described("CASE-7"),
				want: []*listing{list(defaultTitle, alice), list(defaultTitle, alice).described("CASE-7")},
			},
			{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
		}},
		{name: "ours_adds_who_stands_under_theirs", resource: payments, role: "roles/pubsub.editor", stages: []stage{
			{ours: list(defaultTitle, alice), theirs: list(networkTeam, bob), want: []*listing{list(defaultTitle, alice), list(networkTeam, bob)}},
			{ours: list(defaultTitle, alice, bob), theirs: list(networkTeam, bob), want: []*listing{list(defaultTitle, alice, bob), list(networkTeam, bob)}},
			{ours: list(defaultTitle, alice), theirs: list(networkTeam, bob), want: []*listing{list(defaultTitle, alice), list(networkTeam, bob)}},
		}},
		{name: "ours_gets_another_title", resource: payments, role: "roles/pubsub.viewer", stages: []stage{
			{ours: list(defaultTitle, alice), theirs: list(defaultTitle, bob), want: []*listing{list(defaultTitle, alice, bob)}},
			{ours: list("On call", alice), theirs: list(defaultTitle, bob), want: []*listing{list("On call", alice), list(defaultTitle, bob)}},
			{theirs: list(defaultTitle, bob), want: []*listing{list(defaultTitle, bob)}},
		}},
		{name: "other_spelling", resource: payments, role: "roles/pubsub.publisher", stages: []stage{
			{ours: list(defaultTitle, alice).spelled(onDisks), want: []*listing{list(defaultTitle, alice).spelled(onDisks)}},
			{
				ours: list(defaultTitle, alice).spelled(onDisks), theirs: list(defaultTitle, bob).spelled(onDisksByThem),
				want: []*listing{list(defaultTitle, alice).spelled(onDisks), list(defaultTitle, bob).spelled(onDisksByThem)},
			},
			{theirs: list(defaultTitle, bob).spelled(onDisksByThem), want: []*listing{list(defaultTitle, bob).spelled(onDisksByThem)}},
		}},
		{name: "theirs_in_upper_case", resource: organization, role: "roles/container.viewer", stages: []stage{
			{theirs: list(networkTeam, upperBob), want: []*listing{list(networkTeam, bob)}},
			{ours: list(defaultTitle, alice), theirs: list(networkTeam, upperBob), want: []*listing{list(defaultTitle, alice), list(networkTeam, bob)}},
			{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
		}},
	}
	c := newCloud(t)
	c.SetLatency(5 * time.Millisecond) // so that the two run into each other
	var e recorder
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.withGoogle(&e),
		Steps:                    []resource.TestStep{c.beside(0, stories), c.beside(1, stories), c.beside(2, stories)},
	})
	for _, s := range stories {
		c.Expect(s.resource, s.role)
	}
	if err := e.hasRecorded("Members eligible elsewhere too: For roles/pubsub.editor on projects/payments-prod:\nuser:bob@example.com stands under the title \"Network team\"")(nil); err != nil {
		t.Error(err)
	}
}

// A binding by hand differs from ours in its location alone. Google's provider drops that with the
// next write, and so merges the two.
func TestAccBesideGoogle_aBindingWithALocation(t *testing.T) {
	t.Parallel()
	story := besideGoogle{name: "location", resource: payments, role: role, stages: []stage{
		{},
		{ours: list(defaultTitle, alice), theirs: list(networkTeam, bob), want: []*listing{list(defaultTitle, alice, carol), list(networkTeam, bob)}},
		{theirs: list(networkTeam, bob), want: []*listing{list(defaultTitle, carol), list(networkTeam, bob)}},
	}}
	c := newCloud(t)
	c.Grant(payments, &iampb.Binding{Role: role, Members: []string{carol}, Condition: &expr.Expr{Title: defaultTitle, Expression: marker, Location: "policy.cel"}})()
	var e recorder
	both := c.beside(1, []besideGoogle{story})
	both.Config = strings.Replace(both.Config, "condition {", "depends_on = ["+bindingType+".location]\ncondition {", 1)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.withGoogle(&e),
		Steps:                    []resource.TestStep{both, c.beside(2, []besideGoogle{story})},
	})
	c.expect(payments, conditional(defaultTitle, "", marker, carol))
}

// Two owners of one place are promised no peace: Google's takes it over without a word, ours with a
// warning, and whoever is destroyed takes it away. The next apply of the other brings it back. Nor
// is a binding of theirs with our members alone, where ours is gone: it looks like ours renamed.
func TestAccBesideGoogle_theSamePlace(t *testing.T) {
	t.Parallel()
	stories := []besideGoogle{
		{name: "ours_first", resource: payments, role: "roles/compute.viewer", stages: []stage{
			{ours: list(defaultTitle, bob), want: []*listing{list(defaultTitle, bob)}},
			{ours: list(defaultTitle, bob), theirs: list(defaultTitle, upperBob), want: []*listing{list(defaultTitle, bob)}},
			{ours: list(defaultTitle, bob)},
			{ours: list(defaultTitle, bob), want: []*listing{list(defaultTitle, bob)}},
		}},
		{name: "theirs_first", resource: payments, role: "roles/container.viewer", stages: []stage{
			{theirs: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
			{ours: list(defaultTitle, alice), theirs: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
			{theirs: list(defaultTitle, alice)},
			{theirs: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
		}},
	}
	stories = append(stories, besideGoogle{name: "looks_renamed", resource: folder, role: role, stages: []stage{
		{ours: list(defaultTitle, alice), want: []*listing{list(defaultTitle, alice)}},
		{ours: list(defaultTitle, alice), theirs: list(networkTeam, alice), want: []*listing{list(defaultTitle, alice), list(networkTeam, alice)}},
		{ours: list(defaultTitle, alice), theirs: list(networkTeam, alice), want: []*listing{list(defaultTitle, alice)}},
		{ours: list(defaultTitle, alice), theirs: list(networkTeam, alice), want: []*listing{list(defaultTitle, alice), list(networkTeam, alice)}},
	}})
	c := newCloud(t)
	var e recorder
	destroyed := c.beside(2, stories)
	destroyed.ExpectNonEmptyPlan = true
	destroyed.PreConfig = c.Edit(folder, func(p *iampb.Policy) {
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool { return b.GetCondition().GetTitle() == defaultTitle })
	})
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.withGoogle(&e),
		Steps:                    []resource.TestStep{c.beside(0, stories), c.beside(1, stories), destroyed, c.beside(3, stories)},
	})
	if err := e.hasRecorded("Members taken over: Eligible for roles/container.viewer on projects/payments-prod already, in an identical binding: user:alice@example.com.")(nil); err != nil {
		t.Error(err)
	}
}

// Where Google's has the member under another text, ours is refused, and nothing has changed.
func TestAccBesideGoogle_oursIsRefused(t *testing.T) {
	t.Parallel()
	stories := []besideGoogle{
		{name: "other_title", resource: payments, role: "roles/compute.viewer", stages: []stage{
			{theirs: list(networkTeam, upperBob), want: []*listing{list(networkTeam, bob)}},
			{theirs: list(networkTeam, upperBob), ours: list(defaultTitle, bob)},
		}},
		{name: "other_description", resource: folder, role: "roles/compute.viewer", stages: []stage{
			{theirs: list(defaultTitle, alice).described("CASE-7"), want: []*listing{list(defaultTitle, alice).described("CASE-7")}},
			{theirs: list(defaultTitle, alice).described("CASE-7"), ours: list(defaultTitle, alice)},
		}},
	}
	c := newCloud(t)
	var e recorder
	var before []*iampb.Policy
	policies := func() []*iampb.Policy { return []*iampb.Policy{c.Policy(payments), c.Policy(folder)} }
	refused := c.beside(1, stories)
	refused.PreConfig, refused.Check = func() { before = policies() }, nil
	refused.ExpectError = regexp.MustCompile("Members eligible elsewhere already")
	theirs := c.beside(0, stories)
	theirs.PreConfig = func() {
		if diff := cmp.Diff(before, policies(), protocmp.Transform()); diff != "" {
			t.Errorf("what refused applies changed (-before +after):\n%s", diff)
		}
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.withGoogle(&e),
		Steps:                    []resource.TestStep{c.beside(0, stories), refused, theirs},
	})
	const imports = "terraform import " + bindingType
	if err := e.hasRecorded(imports+".NAME 'projects/payments-prod roles/compute.viewer'", imports+".NAME 'folders/100000000011 roles/compute.viewer'")(nil); err != nil {
		t.Error(err)
	}
}

// The plan saw nothing of the other binding, which Google's provider writes in the same apply.
func TestAccBesideGoogle_oursIsRefusedInTheSameApply(t *testing.T) {
	t.Parallel()
	story := besideGoogle{name: "same_apply", resource: payments, role: role, stages: []stage{{ours: list(defaultTitle, alice), theirs: list(networkTeam, alice)}}}
	c := newCloud(t)
	var e recorder
	step := c.beside(0, []besideGoogle{story})
	step.Config = strings.Replace(step.Config, "members = ", "depends_on = [google_project_iam_member.same_apply0]\nmembers = ", 1)
	step.Check, step.ExpectError = nil, regexp.MustCompile("(?s)Members eligible elsewhere already.*terraform import")
	accept(t, resource.TestCase{ProtoV6ProviderFactories: c.withGoogle(&e), Steps: []resource.TestStep{step, {
		PreConfig: func() { c.expect(payments, conditional(networkTeam, "", marker, alice)) },
		Config:    c.hcl(story.theirs("same_apply0", alice, story.stages[0].theirs)),
	}}})
}
