package directory_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/directory"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	portal = "portal@jit-access.iam.gserviceaccount.com"
	oncall = "oncall@example.com"
)

// start returns the demo's world, and Google's client calling its directory as the caller.
func start(t *testing.T, caller string, o world.Options) (*world.World, *admin.Service) {
	t.Helper()
	w, err := world.Parse("demo.json", world.Demo(), o)
	if err != nil {
		t.Fatal(err)
	}
	front := wire.New(wire.Options{Clock: w.Now, Caller: w.Caller})
	front.Handle("admin.googleapis.com", directory.New(w))
	server := httptest.NewUnstartedServer(nil)
	server.Config = front.HTTP()
	server.Start()
	t.Cleanup(server.Close)
	service, err := admin.NewService(t.Context(), option.WithEndpoint(server.URL+"/admin.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: w.Token(caller)})))
	if err != nil {
		t.Fatal(err)
	}
	return w, service
}

// checkRefused checks that an error is the API's, in its older envelope.
func checkRefused(t *testing.T, what string, err error, code int, message, reason string) {
	t.Helper()
	var got *googleapi.Error
	if !errors.As(err, &got) {
		t.Errorf("%s = %v, want %d %s", what, err, code, message)
		return
	}
	want := []googleapi.ErrorItem{{Reason: reason, Message: message}}
	if diff := cmp.Diff(want, got.Errors); diff != "" || got.Code != code || got.Message != message {
		t.Errorf("%s = %d %q, want %d %q; errors (-want +got):\n%s", what, got.Code, got.Message, code, message, diff)
	}
}

func TestHasMember_FollowsNestedGroups(t *testing.T) {
	t.Parallel()
	w, service := start(t, portal, world.Options{})
	if err := w.AddMember("security@example.com", w.Organization().Customer); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		group, member   string
		want            bool
		code            int
		message, reason string
	}{
		"direct":              {group: oncall, member: "carol@example.com", want: true},
		"nested two deep":     {group: oncall, member: "alice@example.com", want: true},
		"in another case":     {group: "OnCall@example.com", member: "Alice@Example.com", want: true},
		"by id":               {group: world.ID(oncall), member: world.ID("alice@example.com"), want: true},
		"a nested group":      {group: oncall, member: "sre-emea@example.com", want: true},
		"not a member":        {group: oncall, member: "frank@example.com"},
		"upside down":         {group: "sre@example.com", member: "carol@example.com"},
		"the whole customer":  {group: "security@example.com", member: "bob@example.com", want: true},
		"of another domain":   {group: "data@example.com", member: "zoe@partner.example", code: 400, message: "Invalid Input: memberKey", reason: "invalid"},
		"a service account":   {group: oncall, member: portal, code: 400, message: "Invalid Input: memberKey", reason: "invalid"},
		"nobody":              {group: oncall, member: "nobody@example.com", code: 404, message: "Resource Not Found: memberKey", reason: "notFound"},
		"an unknown group":    {group: "nobody@example.com", member: "alice@example.com", code: 404, message: "Resource Not Found: groupKey", reason: "notFound"},
		"a person as a group": {group: "alice@example.com", member: "alice@example.com", code: 404, message: "Resource Not Found: groupKey", reason: "notFound"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := service.Members.HasMember(c.group, c.member).Do()
			if c.code != 0 {
				checkRefused(t, "hasMember("+c.group+", "+c.member+")", err, c.code, c.message, c.reason)
				return
			}
			if err != nil || got.IsMember != c.want {
				t.Errorf("hasMember(%s, %s) = %+v (%v), want %v", c.group, c.member, got, err, c.want)
			}
		})
	}
}

func TestMembersList_ShowsMembersAsTheyAre(t *testing.T) {
	t.Parallel()
	_, service := start(t, portal, world.Options{})
	for name, c := range map[string]struct {
		call *admin.MembersListCall
		want []string
	}{
		"direct":              {service.Members.List(oncall), []string{"carol@example.com USER MEMBER", "grace@example.com USER MANAGER", "sre@example.com GROUP MEMBER"}},
		"managers":            {service.Members.List(oncall).Roles("MANAGER,OWNER"), []string{"grace@example.com USER MANAGER"}},
		"with another domain": {service.Members.List("data@example.com"), []string{"frank@example.com USER MEMBER", "zoe@partner.example USER MEMBER"}},
		"derived": {service.Members.List(oncall).IncludeDerivedMembership(true), []string{
			"alice@example.com USER MEMBER", "carol@example.com USER MEMBER", "dave@example.com USER MEMBER", "erin@example.com USER MEMBER",
			"grace@example.com USER MANAGER", "sre-emea@example.com GROUP MEMBER", "sre@example.com GROUP MEMBER",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := c.call.Do()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range response.Members {
				got = append(got, m.Email+" "+m.Type+" "+m.Role)
				if m.Kind != "admin#directory#member" || m.Id != world.ID(m.Email) {
					t.Errorf("%s is a %s with id %s, want a member with id %s", m.Email, m.Kind, m.Id, world.ID(m.Email))
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMembersList_GoesOnPageByPage(t *testing.T) {
	t.Parallel()
	w, service := start(t, portal, world.Options{})
	for i := range 450 {
		email := fmt.Sprintf("person-%03d@example.com", i)
		w.AddUser(email, "")
		if err := w.AddMember("sre-emea@example.com", email); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		size int64
		want []int
	}{
		"unless asked":     {0, []int{200, 200, 57}},
		"a hundred":        {100, []int{100, 100, 100, 100, 57}},
		"more than it may": {1000, []int{200, 200, 57}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := service.Members.List(oncall).IncludeDerivedMembership(true)
			if c.size > 0 {
				call = call.MaxResults(c.size)
			}
			var sizes []int
			seen := map[string]bool{}
			err := call.Pages(t.Context(), func(page *admin.Members) error {
				sizes = append(sizes, len(page.Members))
				for _, m := range page.Members {
					seen[m.Email] = true
				}
				return nil
			})
			if diff := cmp.Diff(c.want, sizes); err != nil || diff != "" || len(seen) != 457 {
				t.Errorf("%d members (%v), want 457; sizes of the pages (-want +got):\n%s", len(seen), err, diff)
			}
		})
	}
}

func TestGroupsList_SelectsGroups(t *testing.T) {
	t.Parallel()
	_, service := start(t, portal, world.Options{})
	list := func() *admin.GroupsListCall { return service.Groups.List() }
	everything := []string{"data@example.com", "oncall@example.com", "payments@example.com", "security@example.com", "sre-emea@example.com", "sre@example.com"}
	backwards := slices.Clone(everything)
	slices.Reverse(backwards)
	for name, c := range map[string]struct {
		call *admin.GroupsListCall
		want []string
	}{
		"of the customer":       {list().Customer("C01example"), everything},
		"of my customer":        {list().Customer("my_customer"), everything},
		"backwards":             {list().Customer("my_customer").OrderBy("email").SortOrder("DESCENDING"), backwards},
		"of the domain":         {list().Domain("example.com"), everything},
		"of a person, directly": {list().UserKey("alice@example.com"), []string{"payments@example.com", "sre-emea@example.com"}},
		"of a group":            {list().UserKey("sre@example.com"), []string{"oncall@example.com"}},
		"of another domain":     {list().UserKey("zoe@partner.example"), []string{"data@example.com"}},
		"by member":             {list().Customer("C01example").Query("memberKey=alice@example.com"), []string{"payments@example.com", "sre-emea@example.com"}},
		"none":                  {list().UserKey("payments@example.com"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			err := c.call.MaxResults(2).Pages(t.Context(), func(page *admin.Groups) error {
				for _, g := range page.Groups {
					got = append(got, g.Email)
				}
				return nil
			})
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("groups: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestGroupsList_HasGroupsOfTheCustomerAlone(t *testing.T) {
	t.Parallel()
	w, service := start(t, portal, world.Options{})
	w.AddGroup("Ops@Example.com", "Operations@Example.com")
	w.AddGroup("team@partner.example")
	for _, group := range []string{"ops@example.com", "team@partner.example"} {
		if err := w.AddMember(group, "alice@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	for _, query := range []string{"", "memberKey=alice@example.com"} {
		call := service.Groups.List().Customer("my_customer")
		if query != "" {
			call.Query(query)
		}
		list, err := call.Do()
		if err != nil {
			t.Fatal(err)
		}
		aliases := map[string][]string{}
		for _, g := range list.Groups {
			aliases[g.Email] = g.Aliases
		}
		if _, listed := aliases["team@partner.example"]; listed || !slices.Equal(aliases["ops@example.com"], []string{"operations@example.com"}) {
			t.Errorf("query %q lists %v, want ops@example.com with its alias and no group of the partner", query, aliases)
		}
	}
	for group, want := range map[string]string{"Operations@example.com": "alice@example.com", "team@partner.example": "alice@example.com"} {
		members, err := service.Members.List(group).Do()
		if err != nil || len(members.Members) != 1 || members.Members[0].Email != want {
			t.Errorf("%s has %+v, %v; want %s", group, members, err, want)
		}
	}
	_, err := service.Members.HasMember("team@partner.example", "alice@example.com").Do()
	checkRefused(t, "hasMember of another customer's group", err, 400, "Invalid Input: memberKey", "invalid")
}

func TestListsRefuseWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	_, service := start(t, portal, world.Options{})
	groups := func() *admin.GroupsListCall { return service.Groups.List() }
	for name, c := range map[string]struct {
		call            *admin.GroupsListCall
		code            int
		message, reason string
	}{
		"nothing selected":     {groups(), 400, "Bad Request", "badRequest"},
		"user and customer":    {groups().UserKey("alice@example.com").Customer("my_customer"), 400, "Bad Request", "badRequest"},
		"another customer":     {groups().Customer("C0other"), 403, "Not Authorized to access this resource/api", "forbidden"},
		"another domain":       {groups().Domain("partner.example"), 404, "Resource Not Found: domain", "notFound"},
		"an unknown person":    {groups().UserKey("nobody@example.com"), 404, "Resource Not Found: userKey", "notFound"},
		"an unknown field":     {groups().Customer("my_customer").Query("owner=alice@example.com"), 400, "Invalid Input: query", "invalid"},
		"two clauses":          {groups().Customer("my_customer").Query("memberKey=alice@example.com email=sre@example.com"), 400, "Invalid Input: query", "invalid"},
		"a page of nothing":    {groups().Customer("my_customer").MaxResults(-1), 400, "Invalid Input: maxResults", "invalid"},
		"a token from nowhere": {groups().Customer("my_customer").PageToken("after:7000"), 400, "Invalid Input: pageToken", "invalid"},
		"a token of text":      {groups().Customer("my_customer").PageToken("2"), 400, "Invalid Input: pageToken", "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.call.Do()
			checkRefused(t, "groups.list", err, c.code, c.message, c.reason)
		})
	}
}

func TestOnlyReadersOfTheDirectoryAreAnswered(t *testing.T) {
	t.Parallel()
	_, service := start(t, "alice@example.com", world.Options{})
	for what, call := range map[string]func() error{
		"groups.list":       func() error { _, err := service.Groups.List().Customer("my_customer").Do(); return err },
		"members.list":      func() error { _, err := service.Members.List(oncall).Do(); return err },
		"members.hasMember": func() error { _, err := service.Members.HasMember(oncall, "carol@example.com").Do(); return err },
	} {
		checkRefused(t, what, call(), http.StatusForbidden, "Not Authorized to access this resource/api", "forbidden")
	}
}

func TestMembershipsAreSeenAfterTheLag(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	begin := time.Now()
	clock := func() time.Time { return begin.Add(time.Duration(passed.Load())) }
	w, service := start(t, portal, world.Options{Clock: clock, MembershipLag: time.Minute})
	if err := w.AddMember("sre-emea@example.com", "frank@example.com"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {time.Minute, true}} {
		passed.Store(int64(c.after))
		got, err := service.Members.HasMember(oncall, "frank@example.com").Do()
		if err != nil || got.IsMember != c.want {
			t.Errorf("%v after Frank was added, hasMember = %+v (%v), want %v", c.after, got, err, c.want)
		}
	}
}
