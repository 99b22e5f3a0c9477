package world_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

func newDemo(t *testing.T, o world.Options) *world.World {
	t.Helper()
	w, err := world.Parse("demo.json", world.Demo(), o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestParse_RefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	organization := `"organization": {"number": "1", "customer": "C1", "domains": ["example.com"]`
	for name, c := range map[string]struct{ file, want string }{
		"unknown key":         {"{\n" + organization + "},\n\"user\": []}", `w.json:3: unknown key "user"`},
		"unknown nested key":  {"{\n" + organization + ",\n\n\"folder\": []}}", `w.json:4: unknown key "folder"`},
		"key in another case": {"{\n" + organization + "},\n\"Users\": []}", `w.json:3: unknown key "Users"`},
		"unknown policy key":  {"{\n" + organization + ", \"policy\": {\"bindings\": [\n{\"role\": \"roles/viewer\", \"member\": []}]}}}", `(line 3:26): unknown field "member"`},
		"malformed policy":    {"{\n" + organization + `, "policy": {"auditConfigs": [{"auditLogConfigs": [{"logType": "NONE"}]}]}}}`, "w.json: policy: proto"},
		"key twice":           {"{\n" + organization + "},\n\"users\": [],\n\"users\": []}", `w.json:4: key "users" twice`},
		"wrong type":          {"{\n" + organization + "},\n\"users\": {}}", "w.json:3: json: cannot unmarshal object"},
		"malformed":           {"{\n" + organization + "},\n\"users\": [}", "w.json:3: invalid character '}'"},
		"trailing text":       {"{" + organization + "}}\n{}", "w.json:2: invalid character '{' after top-level value"},
		"dangling member":     {"{" + organization + `}, "groups": [{"email": "g@example.com", "members": ["nobody@example.com"]}]}`, "group g@example.com: no user, group or service account nobody@example.com"},
		"dangling principal":  {"{" + organization + `, "policy": {"bindings": [{"role": "roles/viewer", "members": ["user:nobody@example.com"]}]}}}`, "policy of organizations/1: user:nobody@example.com does not exist"},
		"dangling reader":     {"{" + organization + `}, "directoryReaders": ["nobody@example.com"]}`, "directoryReaders: nobody@example.com does not exist"},
		"dangling account":    {"{" + organization + `}, "serviceAccounts": [{"email": "a@nowhere.iam.gserviceaccount.com"}]}`, "no project of that name"},
		"project twice":       {"{" + organization + `, "projects": [{"id": "project-a", "number": "7"}, {"id": "project-a", "number": "8"}]}}`, "projects/project-a: stands there twice"},
		"no topic's name":     {"{" + organization + `, "projects": [{"id": "example", "number": "1", "topics": ["1"]}]}}`, `project example: topic "1": not a name`},
		"no role's name":      {"{" + organization + `}, "predefinedRoles": [{"name": "example.role"}]}`, `predefined role "example.role": not a name`},
		"unknown stage":       {"{" + organization + `}, "customRoles": [{"name": "organizations/1/roles/r", "stage": "READY"}]}`, `custom role organizations/1/roles/r: stage "READY" is unknown`},
		"malformed secret":    {"{" + organization + `, "projects": [{"id": "project-a", "number": "7", "secrets": [{"name": "a/b"}]}]}}`, `project project-a: secret "a/b": not a name`},
		"secret twice":        {"{" + organization + `, "projects": [{"id": "project-a", "number": "7", "secrets": [{"name": "s"}, {"name": "s"}]}]}}`, "projects/project-a/secrets/s: stands there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := world.Parse("w.json", []byte(c.file), world.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse(%s) = %v, want an error with %q", c.file, err, c.want)
			}
		})
	}
}

func TestAllowed_ByRoleResourceAndMember(t *testing.T) {
	t.Parallel()
	w := newDemo(t, world.Options{})
	const portal = "portal@jit-access.iam.gserviceaccount.com"
	for _, c := range []struct {
		caller, permission, resource string
		want                         bool
	}{
		{portal, "resourcemanager.projects.setIamPolicy", "projects/card-vault", true},
		{portal, "resourcemanager.projects.setIamPolicy", "projects/200000000003", true},
		{portal, "resourcemanager.folders.setIamPolicy", "folders/100000000111", false},
		{portal, "iam.serviceAccounts.signJwt", "projects/-/serviceAccounts/" + portal, true},
		{"admin@example.com", "iam.serviceAccounts.signJwt", "projects/data-lake", false},
		{"bob@example.com", "resourcemanager.projects.setIamPolicy", "projects/payments-prod", false},
		{"bob@example.com", "resourcemanager.projects.get", "projects/payments-prod", true},
		{"zoe@partner.example", "resourcemanager.projects.get", "projects/payments-prod", false},
		{"GRACE@example.com", "resourcemanager.projects.getIamPolicy", "projects/edge-network", true},
		{"admin@example.com", "resourcemanager.projects.get", "projects/no-such-project", false},
		{"nobody@example.org", "resourcemanager.projects.get", "projects/payments-prod", false},
	} {
		if got := w.Allowed(c.caller, c.permission, c.resource); got != c.want {
			t.Errorf("Allowed(%s, %s, %s) = %t, want %t", c.caller, c.permission, c.resource, got, c.want)
		}
	}
}

func TestAllowed_FollowsGroupsAndConditions(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	w := newDemo(t, world.Options{Clock: func() time.Time { return now }})
	may := func() bool {
		return w.Allowed("alice@example.com", "resourcemanager.projects.setIamPolicy", "projects/edge-network")
	}
	grant := func(expression string) {
		t.Helper()
		if err := w.Edit("projects/edge-network", func(p *iampb.Policy) { p.Bindings = []*iampb.Binding{conditional(expression)} }); err != nil {
			t.Fatal(err)
		}
	}
	for expression, want := range map[string]bool{
		`request.time < timestamp("2027-01-01T12:00:01Z")`:                                                 true,
		`request.time < timestamp("2027-01-01T12:00:00Z")`:                                                 false,
		`request.time < timestamp("2027-01-01T12:00:01Z") && has({}.anything)`:                             false,
		`resource.type == "cloudresourcemanager.googleapis.com/Project"`:                                   true,
		`resource.name == "x" || resource.name != "x"`:                                                     false,
		`request.time > date("2026-12-31") && resource.service.extract("c{x}.g") == "loudresourcemanager"`: true,
		`resource.hasTagKey("1/env")`:                                                                      false,
		`not CEL`:                                                                                          false,
	} {
		grant(expression)
		if got := may(); got != want {
			t.Errorf("alice allowed under %s: %t, want %t", expression, got, want)
		}
	}
	grant("true")
	if err := w.RemoveMember("sre-emea@example.com", "alice@example.com"); err != nil {
		t.Fatal(err)
	}
	if may() {
		t.Error("alice is allowed after she left the nested group")
	}
}

func TestLag_DelaysMembershipsAndTheIndex(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	w := newDemo(t, world.Options{Clock: func() time.Time { return now }, IndexLag: 20 * time.Second, MembershipLag: 40 * time.Second})
	if err := w.AddMember("sre@example.com", "bob@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := w.Edit("projects/data-lake", func(p *iampb.Policy) { p.Bindings = append(p.Bindings, conditional("true")) }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after           time.Duration
		indexed, member bool
	}{{0, false, false}, {19 * time.Second, false, false}, {20 * time.Second, true, false}, {40 * time.Second, true, true}} {
		now = time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC).Add(c.after)
		policy, _ := w.IndexedPolicy("projects/data-lake")
		if got := len(policy.GetBindings()) == 1; got != c.indexed {
			t.Errorf("after %v the index shows the binding: %t, want %t", c.after, got, c.indexed)
		}
		group, _ := w.Group("sre@example.com")
		if got := len(group.Members) == 3; got != c.member {
			t.Errorf("after %v the group shows the member: %t, want %t", c.after, got, c.member)
		}
	}
}

func TestEtag_ChangesWithEveryWriteOnAStoppedClock(t *testing.T) {
	t.Parallel()
	w := newDemo(t, world.Options{Clock: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	seen := map[string]bool{}
	for range 3 {
		if err := w.Edit("projects/data-lake", func(*iampb.Policy) {}); err != nil {
			t.Fatal(err)
		}
		policy, _ := w.Policy("projects/data-lake")
		etag := string(policy.GetEtag())
		if seen[etag] || len(etag) != 8 || etag[0] != 0x07 {
			t.Errorf("etag %x: want eight new bytes, the first 07", etag)
		}
		seen[etag] = true
	}
}

func TestCaller_IsKnownUntilTheTokenExpires(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	w, other := newDemo(t, world.Options{Clock: clock}), newDemo(t, world.Options{Clock: clock})
	token := w.Token("Alice@example.com")
	if got, ok := w.Caller(token); !ok || got != "alice@example.com" {
		t.Errorf("Caller(own token) = %q, %t", got, ok)
	}
	for name, bad := range map[string]string{
		"empty": "", "foreign": other.Token("alice@example.com"), "cut": token[:len(token)-1], "prefix alone": "ya29.",
	} {
		if got, ok := w.Caller(bad); ok {
			t.Errorf("Caller(%s token) = %q, want none", name, got)
		}
	}
	now = now.Add(time.Hour)
	if got, ok := w.Caller(token); ok {
		t.Errorf("Caller(expired token) = %q, want none", got)
	}
}

func TestCheckCondition_AcceptsWhatIAMAccepts(t *testing.T) {
	t.Parallel()
	w := newDemo(t, world.Options{})
	for expression, want := range map[string]string{
		"has({}.jitAccessConstraint)":              "",
		`api.getAttribute("x", []).hasOnly(["a"])`: "",
		strings.Repeat("true && ", 12) + "true":    "",
		strings.Repeat("true || ", 13) + "true":    "Logical operators count must not be more than 12",
		"unknown.attr == 1":                        "Condition expression compilation failed",
		"request.time":                             "Condition expression compilation failed",
		`request.time < "2030-01-01T00:00:00Z"`:    "Condition expression compilation failed",
	} {
		err := w.CheckCondition(expression)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("CheckCondition(%s) = %v, want %q", expression, err, want)
		}
	}
}
