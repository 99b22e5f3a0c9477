package eligibility

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	selfMarker = "has({}.jitAccessConstraint)"
	peerMarker = "has({}.multiPartyApprovalConstraint)"
)

var (
	alice = Person{Email: "Alice@example.com", Groups: map[string]Membership{
		"oncall@example.com": Member, "sec@example.com": NotMember, "lost@example.com": Unreadable, "late@example.com": NotAsked,
	}}
	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

func bindingAt(resource, role, expression string, members ...string) BindingAt {
	return BindingAt{Resource: resource, Binding: Binding{Role: role, Members: members, Condition: &Condition{Expression: expression}}}
}

// Once self-approval hid what makes somebody a peer, in ask, approval and review.
func TestEntitlements_SelfApprovalHidesNothingOfWhoIsAPeer(t *testing.T) {
	t.Parallel()
	got := summary(Entitlements("projects/apollo", []BindingAt{
		bindingAt("projects/apollo", "roles/a", peerMarker, "user:alice@example.com"),
		bindingAt("folders/1", "roles/a", selfMarker, "user:alice@example.com"),
		bindingAt("folders/1", "roles/a", peerMarker, "user:alice@example.com"),
	}, alice, noon))
	want := []string{
		"apollo roles/a self-approval by folders/1 user:alice@example.com",
		"apollo roles/a multi-party-approval by projects/apollo user:alice@example.com",
		"apollo roles/a multi-party-approval by folders/1 user:alice@example.com",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entitlements (-want +got):\n%s", diff)
	}
}

// summary is an entitlement without its digest, in one line.
func summary(all []Entitlement) []string {
	var lines []string
	for _, e := range all {
		line := e.Project() + " " + e.Role + " " + string(e.Constraint) + " by " + e.Evidence.Resource + " " + e.Evidence.Member.String()
		if e.ResourceCondition != "" {
			line += " if " + e.ResourceCondition
		}
		if e.Closed != "" {
			line += " closed"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestEntitlements_AreThoseThatThePersonHas(t *testing.T) {
	t.Parallel()
	terms := bindingAt("projects/apollo", "roles/a", selfMarker, "user:alice@example.com")
	terms.Binding.Condition.Description = "[jitaccess max=1h]"
	for _, test := range []struct {
		name     string
		bindings []BindingAt
		want     []string
	}{
		{"nothing", nil, nil},
		{
			"the user in another case",
			[]BindingAt{bindingAt("projects/apollo", "roles/a", selfMarker, "user:bob@example.com", "user:ALICE@example.com")},
			[]string{"apollo roles/a self-approval by projects/apollo user:alice@example.com"},
		},
		{
			"a group of an ancestor",
			[]BindingAt{bindingAt("organizations/1", "roles/a", peerMarker, "group:OnCall@example.com")},
			[]string{"apollo roles/a multi-party-approval by organizations/1 group:oncall@example.com"},
		},
		{
			"groups that do not entitle",
			[]BindingAt{bindingAt("folders/1", "roles/a", selfMarker, "group:sec@example.com", "group:lost@example.com", "group:late@example.com", "group:other@example.com")},
			nil,
		},
		{
			"members that are not people",
			[]BindingAt{bindingAt("folders/1", "roles/a", selfMarker, "allUsers", "domain:example.com", "deleted:user:alice@example.com?uid=1", "serviceAccount:alice@example.com")},
			nil,
		},
		{
			"bindings that are not eligible",
			[]BindingAt{
				{Resource: "projects/apollo", Binding: Binding{Role: "roles/a", Members: []string{"user:alice@example.com"}}},
				bindingAt("projects/apollo", "roles/b", "("+selfMarker+")", "user:alice@example.com"),
				bindingAt("projects/apollo", "roles/c", exampleWindow, "user:alice@example.com"),
			},
			nil,
		},
		{
			"the user before a group in one binding",
			[]BindingAt{bindingAt("projects/apollo", "roles/a", selfMarker, "group:oncall@example.com", "user:alice@example.com")},
			[]string{"apollo roles/a self-approval by projects/apollo user:alice@example.com"},
		},
		{
			"the project's own before an ancestor's, a user before a group",
			[]BindingAt{
				bindingAt("folders/1", "roles/a", selfMarker, "user:alice@example.com"),
				bindingAt("projects/apollo", "roles/a", selfMarker, "group:oncall@example.com"),
				bindingAt("organizations/1", "roles/b", selfMarker, "group:oncall@example.com"),
				bindingAt("folders/1", "roles/b", selfMarker, "user:alice@example.com"),
			},
			[]string{
				"apollo roles/a self-approval by projects/apollo group:oncall@example.com",
				"apollo roles/b self-approval by folders/1 user:alice@example.com",
			},
		},
		{
			"self-approval hides multi-party approval of the same key only",
			[]BindingAt{
				bindingAt("projects/apollo", "roles/a", peerMarker, "user:alice@example.com"),
				bindingAt("folders/1", "roles/a", selfMarker, "group:oncall@example.com"),
				bindingAt("projects/apollo", "roles/a", peerMarker+" && "+disksOnly, "user:alice@example.com"),
			},
			[]string{
				"apollo roles/a self-approval by folders/1 group:oncall@example.com",
				"apollo roles/a multi-party-approval by projects/apollo user:alice@example.com if " + disksOnly,
			},
		},
		{
			"the same resource condition in other words",
			[]BindingAt{
				bindingAt("projects/apollo", "roles/a", selfMarker+" && ("+disksOnly+")", "group:oncall@example.com"),
				bindingAt("projects/apollo", "roles/a", "// x\nresource.type=='compute.googleapis.com/Disk' && "+selfMarker, "user:alice@example.com"),
			},
			[]string{"apollo roles/a self-approval by projects/apollo user:alice@example.com if " + disksOnly},
		},
		{
			"an open binding before a closed one",
			[]BindingAt{terms, bindingAt("folders/1", "roles/a", selfMarker, "group:oncall@example.com")},
			[]string{"apollo roles/a self-approval by folders/1 group:oncall@example.com"},
		},
		{
			"closed self-approval does not hide open multi-party approval",
			[]BindingAt{terms, bindingAt("folders/1", "roles/a", peerMarker, "group:oncall@example.com")},
			[]string{
				"apollo roles/a multi-party-approval by folders/1 group:oncall@example.com",
				"apollo roles/a self-approval by projects/apollo user:alice@example.com closed",
			},
		},
		{
			"outside its hours",
			[]BindingAt{
				bindingAt("projects/apollo", "roles/b", selfMarker+" && request.time.getHours() == 11", "user:alice@example.com"),
				bindingAt("projects/apollo", "roles/a", selfMarker+" && request.time.getHours() == 12", "user:alice@example.com"),
			},
			[]string{
				"apollo roles/a self-approval by projects/apollo user:alice@example.com if request.time.getHours() == 12",
				"apollo roles/b self-approval by projects/apollo user:alice@example.com if request.time.getHours() == 11 closed",
			},
		},
		{
			"a basic role",
			[]BindingAt{bindingAt("projects/apollo", "roles/editor", selfMarker, "user:alice@example.com")},
			[]string{"apollo roles/editor self-approval by projects/apollo user:alice@example.com closed"},
		},
		{
			"a role that does not fit into a form",
			[]BindingAt{bindingAt("projects/apollo", "roles/"+strings.Repeat("x", 600), selfMarker, "user:alice@example.com")},
			[]string{"apollo roles/" + strings.Repeat("x", 600) + " self-approval by projects/apollo user:alice@example.com closed"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := Offered(Entitlements("projects/apollo", test.bindings, alice, noon))
			if diff := cmp.Diff(test.want, summary(got)); diff != "" {
				t.Errorf("entitlements (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEntitlements_SayWhyTheyAreClosed(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		selfMarker: "",
		selfMarker + " && has({}.jitAccessTerms)":            hasTerms,
		selfMarker + " && request.time < date('2020-01-01')": notNow,
	} {
		got := Entitlements("projects/apollo", []BindingAt{bindingAt("projects/apollo", "roles/a", expression, "user:alice@example.com")}, alice, noon)
		if len(got) != 1 || got[0].Closed != want {
			t.Errorf("%s: got %+v, want one that is closed with %q", expression, got, want)
		}
	}
}

func TestEntitlement_ItsReferenceCarriesTheEvidence(t *testing.T) {
	t.Parallel()
	all := Entitlements("projects/apollo", []BindingAt{bindingAt("folders/1", "roles/a", selfMarker+" && "+disksOnly, "group:oncall@example.com")}, alice, noon)
	if len(all) != 1 {
		t.Fatalf("got %+v, want one", all)
	}
	got, err := ParseReference(all[0].Reference().Encode())
	want := Reference{Role: "roles/a", ResourceCondition: disksOnly, Constraint: SelfApproval, Hint: all[0].Evidence}
	if err != nil || got != want || want.Hint.Digest == "" {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestDigest_ChangesWithWhatIsGrantedAndNothingElse(t *testing.T) {
	t.Parallel()
	of := func(p BindingAt) string {
		all := Entitlements("projects/apollo", []BindingAt{p}, alice, noon)
		if len(all) != 1 {
			t.Fatalf("%+v gives %+v", p, all)
		}
		return all[0].Evidence.Digest
	}
	base := bindingAt("folders/1", "roles/a", selfMarker+" && "+disksOnly, "user:alice@example.com")
	same := bindingAt("folders/1", "roles/a", "// text\n"+selfMarker+" && ("+disksOnly+")", "group:oncall@example.com", "user:bob@example.com")
	same.Binding.Condition.Title, same.Binding.Condition.Description = "another title", "and text"
	if of(base) != of(same) {
		t.Error("members, title, description or spelling changed the digest")
	}
	terms := bindingAt("folders/1", "roles/a", selfMarker+" && "+disksOnly, "user:alice@example.com")
	terms.Binding.Condition.Description = "[jitaccess max=1h]"
	for name, other := range map[string]BindingAt{
		"the resource":           bindingAt("folders/2", "roles/a", selfMarker+" && "+disksOnly, "user:alice@example.com"),
		"the role":               bindingAt("folders/1", "roles/b", selfMarker+" && "+disksOnly, "user:alice@example.com"),
		"the constraint":         bindingAt("folders/1", "roles/a", peerMarker+" && "+disksOnly, "user:alice@example.com"),
		"the resource condition": bindingAt("folders/1", "roles/a", selfMarker, "user:alice@example.com"),
		"the terms":              terms,
	} {
		if of(base) == of(other) {
			t.Errorf("%s did not change the digest", name)
		}
	}
}

func TestGroupsNamed_AreThoseOfEligibleBindings(t *testing.T) {
	t.Parallel()
	bindings := []BindingAt{
		bindingAt("projects/apollo", "roles/b", selfMarker, "group:z@example.com", "user:alice@example.com", "group:Oncall@example.com"),
		bindingAt("folders/1", "roles/a", peerMarker+" && "+disksOnly, "group:oncall@example.com", "group:a@example.com"),
		bindingAt("folders/1", "roles/a", "("+peerMarker+")", "group:parentheses@example.com"),
		bindingAt("folders/1", "roles/a", exampleWindow, "group:window@example.com"),
		{Resource: "folders/1", Binding: Binding{Role: "roles/a", Members: []string{"group:always@example.com"}}},
		bindingAt("folders/1", "roles/a", selfMarker, "deleted:group:gone@example.com?uid=1"),
	}
	for _, test := range []struct{ roles, want []string }{
		{nil, []string{"a@example.com", "oncall@example.com", "z@example.com"}},
		{[]string{"roles/a"}, []string{"a@example.com", "oncall@example.com"}},
		{[]string{"roles/c"}, nil},
		{[]string{}, nil},
	} {
		if diff := cmp.Diff(test.want, GroupsNamed(bindings, test.roles)); diff != "" {
			t.Errorf("GroupsNamed(%v) (-want +got):\n%s", test.roles, diff)
		}
	}
}

func TestActivations_AreThoseOfTheUserNewestFirst(t *testing.T) {
	t.Parallel()
	at := func(year string, members ...string) Binding {
		return activationBinding(strings.ReplaceAll(exampleWindow, "2040", year), members...)
	}
	broken := at("2020", "user:bob@example.com")
	broken.Condition.Expression = "true"
	ours := at("2020")
	ours.Condition.Expression = "true"
	bindings := []Binding{at("2020"), at("2021", "user:bob@example.com"), at("2030", "user:ALICE@example.com"), broken, ours, at("2025"),
		at("2026", "group:alice@example.com")}
	got, findings := Activations("projects/apollo", bindings, "Alice@Example.com")
	var years []int
	for _, a := range got {
		years = append(years, a.Window.Start.Year())
	}
	if diff := cmp.Diff([]int{2030, 2025, 2020}, years); diff != "" {
		t.Errorf("years (-want +got):\n%s", diff)
	}
	if len(findings) != 1 || !findings[0].Grants {
		t.Errorf("findings %v, want the one about this user's binding", findings)
	}
}

func TestFindings_NameTheRoleAndTheResource(t *testing.T) {
	t.Parallel()
	bindings := []Binding{
		{Role: "roles/fine", Condition: &Condition{Expression: selfMarker}},
		{Role: "roles/near", Condition: &Condition{Expression: "has({}.jitAccessContraint)"}},
		{Role: "roles/none"},
		activationBinding("true"),
		activationBinding(exampleWindow),
		activationBinding(selfMarker),
	}
	var seen []string
	for _, f := range Findings("projects/apollo", bindings) {
		sentence, _, _ := strings.Cut(f.Seen, ",")
		seen = append(seen, sentence)
	}
	want := []string{
		"The binding of roles/near on projects/apollo: The marker jitAccessConstraint is misspelt: jitAccessContraint.",
		"The binding of roles/viewer2 on projects/apollo: The title says that this is an activation",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if got := Findings("folders/1", bindings); len(got) != 1 {
		t.Errorf("on a folder: %v, want only the near miss", got)
	}
}

func TestBasicRole_IsOwnerEditorOrViewer(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]bool{
		"roles/owner": true, "roles/editor": true, "roles/viewer": true, "roles/browser": false, "roles/compute.viewer": false, "": false,
	} {
		if got := BasicRole(role); got != want {
			t.Errorf("BasicRole(%q) = %v, want %v", role, got, want)
		}
	}
}

func TestConstraint_HasItsMarker(t *testing.T) {
	t.Parallel()
	for c, want := range map[Constraint]string{SelfApproval: selfMarker, MultiPartyApproval: peerMarker, "": "", "x": ""} {
		if got := c.Marker(); got != want {
			t.Errorf("Marker of %q = %q, want %q", c, got, want)
		}
	}
}

func TestDoubtful_IsWhatUnreadableGroupsMayGive(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		bindings []BindingAt
		want     []string
	}{
		{"the user's own", []BindingAt{bindingAt("projects/apollo", "roles/a", selfMarker, "user:alice@example.com", "group:lost@example.com")}, nil},
		{"a group that says yes", []BindingAt{bindingAt("projects/apollo", "roles/a", selfMarker, "group:lost@example.com", "group:oncall@example.com")}, nil},
		{"a group that says no", []BindingAt{bindingAt("projects/apollo", "roles/a", selfMarker, "group:sec@example.com")}, nil},
		{"a group that nobody asked", []BindingAt{bindingAt("projects/apollo", "roles/a", selfMarker, "group:late@example.com")}, nil},
		{"no eligible binding", []BindingAt{bindingAt("projects/apollo", "roles/a", "true", "group:lost@example.com")}, nil},
		{
			"one beside a group that says no",
			[]BindingAt{bindingAt("folders/1", "roles/a", peerMarker, "group:sec@example.com", "group:lost@example.com")},
			[]string{"apollo roles/a multi-party-approval by folders/1 group:lost@example.com"},
		},
		{
			"each binding",
			[]BindingAt{bindingAt("projects/apollo", "roles/a", selfMarker, "group:lost@example.com"), bindingAt("folders/1", "roles/a", peerMarker, "group:lost@example.com")},
			[]string{"apollo roles/a self-approval by projects/apollo group:lost@example.com", "apollo roles/a multi-party-approval by folders/1 group:lost@example.com"},
		},
	} {
		if diff := cmp.Diff(test.want, summary(Doubtful("projects/apollo", test.bindings, alice, noon))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
