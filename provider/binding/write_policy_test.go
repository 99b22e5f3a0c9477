package binding

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

const (
	alice  = "user:alice@example.com"
	bob    = "user:bob@example.com"
	carol  = "user:carol@example.com"
	oncall = "group:oncall@example.com"

	role   = "roles/compute.osAdminLogin"
	marker = "has({}.jitAccessConstraint)"
	disks  = `resource.type == "compute.googleapis.com/Disk"`
)

var eligibleText = wording{title: defaultTitle}

func testKey(t *testing.T, condition string) key {
	t.Helper()
	k, err := newKey("projects/payments-prod", role, eligibility.SelfApproval, condition)
	if err != nil {
		t.Fatalf("newKey(%q): %v", condition, err)
	}
	return k
}

func who(t *testing.T, members ...string) []eligibility.Principal {
	t.Helper()
	var all []eligibility.Principal
	for _, m := range members {
		p, err := eligibility.ParsePrincipal(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// under is a binding of the test's role under a condition.
func under(title, description, expression string, members ...string) *policy.Binding {
	return &policy.Binding{Role: role, Members: members, Condition: &policy.Expr{Title: title, Description: description, Expression: expression}}
}

func eligible(members ...string) *policy.Binding { return under(defaultTitle, "", marker, members...) }

// foreign are bindings that no move may touch, whatever it does.
func foreign() []*policy.Binding {
	located := under("Europe", "", `resource.name.startsWith("x")`, alice, "User:odd@example.com")
	located.Condition.Location = "policies/1"
	return []*policy.Binding{
		{Role: role, Members: []string{alice, "serviceAccount:robot@payments-prod.iam.gserviceaccount.com"}},
		{Role: "roles/viewer", Members: []string{"deleted:user:bob@example.com?uid=1", "domain:example.com", bob}},
		located,
		under(eligibility.ActivationTitle, "Self-approved, justification: x", `(request.time >= timestamp("2040-01-01T00:00:00Z") && request.time < timestamp("2040-01-01T00:05:00Z"))`, alice),
		under(defaultTitle, "", "has({}.multiPartyApprovalConstraint)", alice, bob),
		under(defaultTitle, "", marker+" && "+disks, alice, bob),
		{Role: "roles/storage.admin", Members: []string{alice}, Condition: &policy.Expr{Title: defaultTitle, Expression: marker}},
		{Role: "roles/empty", Condition: &policy.Expr{Title: "empty", Expression: "true"}},
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	deleted := "deleted:" + alice + "?uid=7"
	located := eligible(alice)
	located.Condition.Location = "policies/1"
	tests := map[string]struct {
		wording       wording
		was           wording
		before, after []string
		policy        []*policy.Binding
		want          []*policy.Binding
		taken         []string
		elsewhere     []standing
	}{
		"create makes a binding": {
			after: []string{alice, oncall},
			want:  []*policy.Binding{eligible(alice, oncall)},
		},
		"create joins an identical binding": {
			after:  []string{alice},
			policy: []*policy.Binding{eligible(bob)},
			want:   []*policy.Binding{eligible(bob, alice)},
		},
		"create takes over a member that stands in an identical binding, in any case": {
			after:  []string{alice, bob},
			policy: []*policy.Binding{eligible("user:Alice@Example.com")},
			want:   []*policy.Binding{eligible("user:Alice@Example.com", bob)},
			taken:  []string{alice},
		},
		"create takes over under an expression that means the same": {
			after:  []string{alice},
			policy: []*policy.Binding{under(defaultTitle, "", " HAS({}.jitaccessconstraint)", alice)},
			want:   []*policy.Binding{under(defaultTitle, "", " HAS({}.jitaccessconstraint)", alice)},
			taken:  []string{alice},
		},
		"create does not join a binding that is not its own to the letter": {
			after:  []string{bob},
			policy: []*policy.Binding{located},
			want:   []*policy.Binding{located, eligible(bob)},
		},
		"create does not take a deleted principal for a member": {
			after:  []string{alice},
			policy: []*policy.Binding{eligible(deleted)},
			want:   []*policy.Binding{eligible(deleted, alice)},
		},
		"update moves the members to a new title and nobody else": {
			wording: wording{title: "New"},
			before:  []string{alice, bob}, after: []string{alice, bob},
			policy: []*policy.Binding{eligible(alice, carol, bob, deleted)},
			want:   []*policy.Binding{eligible(carol, deleted), under("New", "", marker, alice, bob)},
		},
		"update moves to a new description and removes the binding that it emptied": {
			wording: wording{title: defaultTitle, description: "Why"},
			before:  []string{alice}, after: []string{alice},
			policy: []*policy.Binding{eligible(alice)},
			want:   []*policy.Binding{under(defaultTitle, "Why", marker, alice)},
		},
		"update adds members that stand under another title, and leaves them there": {
			before: []string{bob}, after: []string{alice, bob},
			policy:    []*policy.Binding{under("Old", "", marker, alice, carol), eligible(bob)},
			want:      []*policy.Binding{under("Old", "", marker, alice, carol), eligible(bob, alice)},
			elsewhere: []standing{{who(t, alice)[0], wording{title: "Old"}}},
		},
		"update moves no member from another title": {
			wording: wording{title: "New"},
			before:  []string{alice}, after: []string{alice},
			policy:    []*policy.Binding{under("Old", "", marker, alice), eligible(alice)},
			want:      []*policy.Binding{under("Old", "", marker, alice), under("New", "", marker, alice)},
			elsewhere: []standing{{who(t, alice)[0], wording{title: "Old"}}},
		},
		"update moves to a title under which a member stands, and takes the place over": {
			wording: wording{title: "New"},
			before:  []string{alice}, after: []string{alice},
			policy: []*policy.Binding{under("New", "", marker, alice), eligible(alice, bob)},
			want:   []*policy.Binding{under("New", "", marker, alice), eligible(bob)},
			taken:  []string{alice},
		},
		"update moves the members of a binding that was renamed": {
			before: []string{alice, bob}, after: []string{alice, carol},
			policy: []*policy.Binding{under("Renamed", "Why", marker, bob, alice)},
			want:   []*policy.Binding{eligible(alice, carol)},
		},
		"update moves nobody where somebody else stands in what may be a renamed binding": {
			before: []string{alice}, after: []string{alice},
			policy:    []*policy.Binding{under("Renamed", "", marker, alice, carol)},
			want:      []*policy.Binding{under("Renamed", "", marker, alice, carol), eligible(alice)},
			elsewhere: []standing{{who(t, alice)[0], wording{title: "Renamed"}}},
		},
		"update moves nobody where two bindings may be the renamed one": {
			before: []string{alice}, after: []string{alice},
			policy:    []*policy.Binding{under("One", "", marker, alice), under("Two", "", marker, alice)},
			want:      []*policy.Binding{under("One", "", marker, alice), under("Two", "", marker, alice), eligible(alice)},
			elsewhere: []standing{{who(t, alice)[0], wording{title: "One"}}, {who(t, alice)[0], wording{title: "Two"}}},
		},
		"update moves nobody where the renamed binding has a twin in another spelling": {
			before: []string{alice}, after: []string{alice},
			policy:    []*policy.Binding{under("One", "", marker, alice), under("One", "", " "+marker, alice, carol)},
			want:      []*policy.Binding{under("One", "", marker, alice), under("One", "", " "+marker, alice, carol), eligible(alice)},
			elsewhere: []standing{{who(t, alice)[0], wording{title: "One"}}},
		},
		"update moves members out of terms": {
			was:    wording{title: defaultTitle, terms: marker + " && has({}.jitAccessTerms)"},
			before: []string{alice}, after: []string{alice},
			policy: []*policy.Binding{under(defaultTitle, "", marker+" && has({}.jitAccessTerms)", alice)},
			want:   []*policy.Binding{eligible(alice)},
		},
		"update adds and removes": {
			before: []string{alice, bob}, after: []string{bob, carol},
			policy: []*policy.Binding{eligible(alice, bob)},
			want:   []*policy.Binding{eligible(bob, carol)},
		},
		"update brings back a member that somebody removed": {
			before: []string{alice, bob}, after: []string{alice, bob},
			policy: []*policy.Binding{eligible(bob)},
			want:   []*policy.Binding{eligible(bob, alice)},
		},
		"update does not report its own members as taken over": {
			before: []string{alice}, after: []string{alice, bob},
			policy: []*policy.Binding{eligible(alice)},
			want:   []*policy.Binding{eligible(alice, bob)},
		},
		"delete leaves other members": {
			before: []string{alice, bob},
			policy: []*policy.Binding{eligible(alice, carol, deleted, bob)},
			want:   []*policy.Binding{eligible(carol, deleted)},
		},
		"delete removes a binding that it emptied, and nobody from another": {
			before:    []string{alice},
			policy:    []*policy.Binding{eligible(alice), under("Other", "", marker, alice, bob), under("Third", "", marker, alice)},
			want:      []*policy.Binding{under("Other", "", marker, alice, bob), under("Third", "", marker, alice)},
			elsewhere: []standing{{who(t, alice)[0], wording{title: "Other"}}, {who(t, alice)[0], wording{title: "Third"}}},
		},
		"delete removes a binding that was renamed": {
			before: []string{alice, bob},
			policy: []*policy.Binding{under("Renamed", "", marker, bob, alice)},
		},
		"delete leaves a binding that holds fewer than all members": {
			before:    []string{alice, bob},
			policy:    []*policy.Binding{under("Renamed", "", marker, alice)},
			want:      []*policy.Binding{under("Renamed", "", marker, alice)},
			elsewhere: []standing{{who(t, alice)[0], wording{title: "Renamed"}}},
		},
		"delete removes what is left of a member whose account was deleted": {
			before: []string{alice, bob},
			policy: []*policy.Binding{eligible(deleted, "deleted:"+carol+"?uid=2", bob), under("Other", "", marker, deleted)},
			want:   []*policy.Binding{eligible("deleted:" + carol + "?uid=2"), under("Other", "", marker, deleted)},
		},
		"update removes what is left of a member whose account was deleted": {
			before: []string{alice, bob}, after: []string{bob},
			policy: []*policy.Binding{eligible(bob, deleted)},
			want:   []*policy.Binding{eligible(bob)},
		},
		"update puts a new account in the place of a deleted one": {
			before: []string{alice, bob}, after: []string{alice, bob},
			policy: []*policy.Binding{eligible(bob, deleted)},
			want:   []*policy.Binding{eligible(bob, alice)},
		},
		"delete leaves a binding that was empty": {
			before: []string{alice},
			policy: []*policy.Binding{eligible(), eligible(alice)},
			want:   []*policy.Binding{eligible()},
		},
		"delete of what is gone changes nothing": {
			before: []string{alice},
			policy: []*policy.Binding{eligible(bob)},
			want:   []*policy.Binding{eligible(bob)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.wording == (wording{}) {
				test.wording = eligibleText
			}
			if test.was == (wording{}) {
				test.was = eligibleText
			}
			m := edit{key: testKey(t, ""), wording: test.wording, was: test.was, before: who(t, test.before...), after: who(t, test.after...)}
			m.joins = len(m.before) > 0
			p := policy.Clone(&policy.Policy{Bindings: append(foreign(), test.policy...), Etag: "x", Version: 3})
			found, err := m.on(p).apply(p)
			if err != nil {
				t.Fatalf("apply: %v", err)
			}
			if diff := cmp.Diff(append(foreign(), test.want...), p.Bindings); diff != "" {
				t.Errorf("bindings (-want +got):\n%s", diff)
			}
			want := alreadyThere{who(t, test.taken...), test.elsewhere}
			if diff := cmp.Diff(want, found, cmp.AllowUnexported(alreadyThere{}, standing{}, wording{})); diff != "" {
				t.Errorf("already there (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEdit_TwiceIsOnce(t *testing.T) {
	t.Parallel()
	m := edit{key: testKey(t, disks), wording: wording{"T", "D", ""}, was: wording{"T", "D", ""}, after: who(t, alice, bob)}
	p := &policy.Policy{}
	if _, err := m.apply(p); err != nil {
		t.Fatal(err)
	}
	once := policy.Clone(p)
	if _, err := m.apply(p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(once.Bindings, p.Bindings); diff != "" {
		t.Errorf("the second time changed (-once +twice):\n%s", diff)
	}
}

func TestEdit_RefusesMembersUnderAnotherText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		there *policy.Binding
		says  string
	}{
		"title":       {under("Other", "", marker, "user:Bob@example.com"), `user:bob@example.com stands under the title "Other"`},
		"description": {under(defaultTitle, "Why", marker, bob), `and the description "Why"`},
		"terms":       {under(defaultTitle, "", marker+" && has({}.jitAccessTerms)", bob), "with terms of its own"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := edit{key: testKey(t, ""), wording: eligibleText, was: eligibleText, after: who(t, alice, bob, carol)}
			p := &policy.Policy{Bindings: []*policy.Binding{test.there, eligible(carol)}}
			before := policy.Clone(p)
			_, err := m.apply(p)
			var otherTitle *otherTitleError
			if !errors.As(err, &otherTitle) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("apply: got %v, want an otherTitleError with %q", err, test.says)
			}
			if diff := cmp.Diff(before.Bindings, p.Bindings); diff != "" {
				t.Errorf("a refused move changed the policy (-before +after):\n%s", diff)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	p := &policy.Policy{Bindings: append(foreign(),
		eligible("user:Alice@example.com", "deleted:"+bob+"?uid=1", "serviceAccount:robot@x.iam.gserviceaccount.com", oncall),
		under("Other", "Why", "has( {}.jitAccessConstraint )", carol, alice),
	)}
	other := wording{title: "Other", description: "Why"}
	dave, robot := "user:dave@example.com", wording{title: "Renamed"}
	tests := map[string]struct {
		known  wording
		wanted []string
		want   foundMembers
	}{
		"only those asked for": {
			wanted: []string{oncall},
			want:   foundMembers{wording: eligibleText, members: who(t, oncall)},
		},
		"under the wording of the state, and the others named": {
			wanted: []string{alice, carol},
			want:   foundMembers{wording: eligibleText, members: who(t, alice), elsewhere: []standing{{who(t, carol)[0], other}, {who(t, alice)[0], other}}},
		},
		"a member that was deleted": {
			wanted: []string{bob, alice},
			want: foundMembers{wording: eligibleText, members: who(t, alice), deleted: []string{"deleted:" + bob + "?uid=1"},
				elsewhere: []standing{{who(t, alice)[0], other}}},
		},
		"all of a binding that was renamed": {
			known: robot, wanted: []string{alice, carol},
			want: foundMembers{wording: other, members: who(t, carol, alice), elsewhere: []standing{{who(t, alice)[0], eligibleText}}},
		},
		"nobody of a binding that holds somebody else": {
			known: robot, wanted: []string{alice},
			want: foundMembers{wording: robot, elsewhere: []standing{{who(t, alice)[0], eligibleText}, {who(t, alice)[0], other}}},
		},
		"nobody": {wanted: []string{dave}, want: foundMembers{wording: eligibleText}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.known == (wording{}) {
				test.known = eligibleText
			}
			got := testKey(t, "").find(p, test.known, who(t, test.wanted...))
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(foundMembers{}, standing{}, wording{})); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

// Another resource's member that came in the same write is nobody's alias.
func TestCompare_TakesNoMemberOfAnotherResourceForAnAlias(t *testing.T) {
	t.Parallel()
	var places client.Places
	k, w := testKey(t, ""), wording{title: "Eligible"}
	e := edit{key: k, wording: w, was: w, after: who(t, alice, bob)}
	e.places = places.Begin(e.owned(), nil)
	a := attempts{edit: e, sent: who(t, alice, bob)}
	answer := &policy.Policy{Bindings: []*policy.Binding{{Role: k.role, Members: []string{alice, carol}, Condition: k.write(w)}}}
	if got := a.compare(answer); !slices.Equal(got.missing, who(t, bob)) || !slices.Equal(got.instead, who(t, carol)) {
		t.Errorf("got %v; want bob missing, and carol in his place", got)
	}
	places.Begin(k.placesOf(w, who(t, carol)), nil)
	if got := a.compare(answer); !slices.Equal(got.missing, who(t, bob)) || len(got.instead) > 0 {
		t.Errorf("got %v; want bob missing, and nobody in his place", got)
	}
}

// An older owner leaves what is there: somebody who is in no binding was left to nobody.
func TestEdit_LeavesOnlyMembersThatAreThere(t *testing.T) {
	t.Parallel()
	var places client.Places
	k, w := testKey(t, ""), wording{title: "Eligible"}
	older := edit{key: k, wording: w, was: w, before: who(t, alice, bob, carol), after: who(t, bob)}
	older.places = places.Begin(older.owned(), older.abandoned())
	newer := places.Begin(k.placesOf(w, who(t, alice, carol)), nil)
	p := &policy.Policy{Bindings: []*policy.Binding{{Role: k.role, Members: []string{alice, bob}, Condition: k.write(w)}}}
	if _, err := older.apply(p); err != nil || !slices.Equal(p.Bindings[0].Members, []string{alice, bob}) {
		t.Errorf("got %v, %v; want alice left", p.Bindings, err)
	}
	older.places.Done()
	given := newer.Failed(t.Context())
	if !slices.Equal(membersOf(given.Left), who(t, alice)) || !slices.Equal(membersOf(given.Lost), who(t, carol)) {
		t.Errorf("the newer owner is given %+v; want alice left, and carol lost", given)
	}
}

// A resource that gets another title gives its places under the old one up.
func TestEdit_AbandonsThePlacesOfItsOldWording(t *testing.T) {
	t.Parallel()
	k, old, now := testKey(t, ""), wording{title: "Old"}, wording{title: "New"}
	e := edit{key: k, wording: now, was: old, before: who(t, alice, bob), after: who(t, alice)}
	if diff := cmp.Diff(k.placesOf(old, who(t, alice, bob)), e.abandoned()); diff != "" {
		t.Errorf("abandoned (-want +got):\n%s", diff)
	}
}
