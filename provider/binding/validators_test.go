package binding_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func atMember(member string) string {
	return at("members") + `.ElementKeyValue(tftypes.String<"` + member + `">)`
}

func TestRejectedConfigurations(t *testing.T) {
	t.Parallel()
	or := func(n int) string {
		return strings.TrimSuffix(strings.Repeat(`resource.name == "x" || `, n+1), " || ")
	}
	members := func(m ...string) config { return but(config{"members": set(m...)}) }
	condition := func(s string) config { return but(config{"resource_condition": str(s)}) }
	tests := map[string]struct {
		config     config
		path, says string
	}{
		"no place":                {but(config{"project": {}}), at("project"), "exactly one"},
		"project and folder":      {but(config{"folder": str("123")}), at("folder"), "project and folder are both set"},
		"folder and organization": {but(config{"project": {}, "folder": str("123"), "organization": str("456")}), at("organization"), "folder and organization are both set"},
		"two places, one unknown": {but(config{"folder": str("123"), "organization": unknown}), at("folder"), "both set"},

		"a project with its prefix":   {but(config{"project": str("projects/payments-prod")}), at("project"), `"payments-prod" instead of "projects/payments-prod"`},
		"a project number":            {but(config{"project": str("123456789012")}), at("project"), "project number"},
		"a project in capitals":       {but(config{"project": str("Payments-Prod")}), at("project"), "not a project id"},
		"a project that is too short": {but(config{"project": str("pay")}), at("project"), "not a project id"},
		"an empty project":            {but(config{"project": str("")}), at("project"), "not a project id"},
		"a folder with its prefix":    {but(config{"project": {}, "folder": str("folders/123")}), at("folder"), `"123" instead of "folders/123"`},
		"a folder's display name":     {but(config{"project": {}, "folder": str("Engineering")}), at("folder"), "not a number"},
		"an organization's prefix":    {but(config{"project": {}, "organization": str("organizations/123")}), at("organization"), `"123" instead of`},
		"an organization's domain":    {but(config{"project": {}, "organization": str("example.com")}), at("organization"), "not a number"},

		"a basic role":                      {but(config{"role": str("roles/editor")}), at("role"), "basic role"},
		"a role without roles/":             {but(config{"role": str("compute.admin")}), at("role"), `Did you mean "roles/compute.admin"?`},
		"a role with a blank behind":        {but(config{"role": str("roles/compute.admin ")}), at("role"), `Did you mean "roles/compute.admin"? "roles/compute.admin " is not`},
		"a short custom role":               {but(config{"role": str("projects/payments-prod/roles/op")}), at("role"), "3 to 64 letters, digits, dots and underscores."},
		"a short custom role elsewhere":     {but(config{"role": str("projects/other-proj/roles/op")}), at("role"), "3 to 64 letters"},
		"a custom role with a hyphen":       {but(config{"role": str("organizations/123/roles/night-watch")}), at("role"), `"night-watch" is not the id of a custom role`},
		"a role as version 1 names it":      {but(config{"role": str("roles/compute.admin_withcond_0123456789")}), at("role"), `Write "roles/compute.admin", and the condition into resource_condition`},
		"an empty role":                     {but(config{"role": str("")}), at("role"), "not the name of a role"},
		"a role with a blank":               {but(config{"role": str("roles/compute admin")}), at("role"), "not the name of a role"},
		"a custom role of a folder":         {but(config{"role": str("folders/1/roles/operator")}), at("role"), "not the name of a role"},
		"a custom role of another project":  {but(config{"role": str("projects/payments-test/roles/operator")}), at("role"), "belongs to projects/payments-test"},
		"a project's custom role elsewhere": {but(config{"project": {}, "folder": str("123"), "role": str("projects/payments-prod/roles/operator")}), at("role"), "not on folders/123"},

		"no members":                  {members(), at("members"), "at least one member"},
		"everybody":                   {members(alice, "allUsers"), atMember("allUsers"), "allUsers cannot sign in"},
		"every Google account":        {members("allAuthenticatedUsers"), atMember("allAuthenticatedUsers"), "everybody with a Google account"},
		"a service account":           {members("serviceAccount:robot@payments-prod.iam.gserviceaccount.com"), atMember("serviceAccount:robot@payments-prod.iam.gserviceaccount.com"), "google_project_iam_member"},
		"a service account as a user": {members("user:deployer@payments-prod.iam.gserviceaccount.com"), atMember("user:deployer@payments-prod.iam.gserviceaccount.com"), "A service account cannot be eligible"},
		"Google's account as a group": {members("group:service-1@gcp-sa-pubsub.iam.GServiceAccount.com"), atMember("group:service-1@gcp-sa-pubsub.iam.GServiceAccount.com"), "google_project_iam_member"},
		"a domain":                    {members("domain:example.com"), atMember("domain:example.com"), "Name a group"},
		"an external identity":        {members("principal://iam.googleapis.com/locations/global/workforcePools/p/subject/s"), atMember("principal://iam.googleapis.com/locations/global/workforcePools/p/subject/s"), "identity pool"},
		"external identities":         {members("principalSet://iam.googleapis.com/locations/global/workforcePools/p/*"), atMember("principalSet://iam.googleapis.com/locations/global/workforcePools/p/*"), "identity pool"},
		"a project's owners":          {members("projectOwner:payments-prod"), atMember("projectOwner:payments-prod"), "has the role's permissions already"},
		"a deleted account":           {members("deleted:user:alice@example.com?uid=1"), atMember("deleted:user:alice@example.com?uid=1"), "created again"},
		"a member without type":       {members("alice@example.com"), atMember("alice@example.com"), "\"alice@example.com\" is not a user or a group.\n\nWrite user:ADDRESS or group:ADDRESS, such as \"user:alice@example.com\". Did you mean \"user:alice@example.com\" or \"group:alice@example.com\"?"},
		"a type in the plural":        {members("Users: oncall@example.com"), atMember("Users: oncall@example.com"), `Did you mean "user:oncall@example.com"?`},
		"a type in capitals":          {members("User:alice@example.com"), atMember("User:alice@example.com"), `Did you mean "user:alice@example.com"?`},
		"a member with a blank":       {members("user: alice@example.com"), atMember("user: alice@example.com"), `Did you mean "user:alice@example.com"?`},
		"a member without @":          {members("user:alice"), atMember("user:alice"), "NAME@DOMAIN"},
		"an empty member":             {members(""), atMember(""), "user:ADDRESS"},
		"a member in two cases":       {members(alice, "user:Alice@example.com"), atMember("user:Alice@example.com"), "are the same"},
		"a member that is null":       {but(config{"members": tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{tftypes.NewValue(tftypes.String, nil)})}), at("members") + `.ElementKeyValue(tftypes.String<null>)`, "null"},

		"an empty title":           {but(config{"title": str("")}), at("title"), "wants a title"},
		"a blank title":            {but(config{"title": str(" ")}), at("title"), "wants a title"},
		"a title that is too long": {but(config{"title": str(strings.Repeat("ä", 101))}), at("title"), "101 characters"},
		"an activation's title":    {but(config{"title": str("JIT access activation")}), at("title"), "activations are recognised"},
		"a long description":       {but(config{"description": str(strings.Repeat("ä", 257))}), at("description"), "257 characters"},
		"terms in the description": {but(config{"description": str("x [JITaccess max=4h]")}), at("description"), "terms"},

		"a title of two lines":            {but(config{"title": str("DBA\nJIT access activation")}), at("title"), "Character 4 of the title is U+000A"},
		"a title with a tab":              {but(config{"title": str("DBA\ton call")}), at("title"), "U+0009"},
		"a title that is turned":          {but(config{"title": str("x\u202egnihtyna")}), at("title"), "U+202E"},
		"a title with a filler":           {but(config{"title": str("a\u3164b")}), at("title"), "U+3164"},
		"a description of a heredoc":      {but(config{"description": str("On call\n")}), at("description"), "chomp() removes the line break"},
		"a description with NUL":          {but(config{"description": str("a\x00b")}), at("description"), "Character 2 of the description is U+0000"},
		"a description with hidden parts": {but(config{"description": str("ä\u200bb")}), at("description"), "U+200B"},

		"an empty condition":               {condition(""), at("resource_condition"), "Remove the attribute"},
		"a condition that does not parse":  {condition(`resource.name ==`), at("resource_condition"), "no condition that IAM would take"},
		"a condition of another type":      {condition(`resource.name`), at("resource_condition"), "no condition that IAM would take"},
		"a condition that compares apples": {condition(`request.time < "2030-01-01"`), at("resource_condition"), "no condition that IAM would take"},
		"an unknown attribute":             {condition(`resource.nam == "x"`), at("resource_condition"), "no condition that IAM would take"},
		"too many operators":               {condition(or(11)), at("resource_condition"), "which leaves 10"},
		"a marker":                         {condition(`has({}.jitAccessConstraint)`), at("resource_condition"), "markers"},
		"the other marker":                 {condition(disks + ` && has({}.MultiPartyApprovalConstraint)`), at("resource_condition"), "markers"},
		"a marker of terms":                {condition(`has({}.jitAccessTerms)`), at("resource_condition"), "markers"},
		"a clause that is never true":      {condition(`has({}.anything)`), at("resource_condition"), "never true"},
		"a string that 1.8.1 lets out":     {condition(`resource.name == "x\") || (\"\" == \""`), at("resource_condition"), "JIT Access 1.8.1 would misread"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := validate(t, test.config)
			if len(found) != 1 {
				t.Fatalf("got %d diagnostics, want 1: %s", len(found), printed(found))
			}
			d := found[0]
			if got := d.Attribute.String(); got != test.path {
				t.Errorf("path: got %s, want %s", got, test.path)
			}
			if !strings.Contains(d.Summary+"\n"+d.Detail, test.says) || d.Severity != tfprotov6.DiagnosticSeverityError {
				t.Errorf("got %s\nwant an error with %q", printed(found), test.says)
			}
		})
	}
}

func TestAcceptedConfigurations(t *testing.T) {
	t.Parallel()
	ten := strings.TrimSuffix(strings.Repeat(`resource.name == "x" || `, 11), " || ")
	tests := map[string]config{
		"the smallest":             valid(),
		"a folder":                 but(config{"project": {}, "folder": str("123456789012")}),
		"an organization":          but(config{"project": {}, "organization": str("123456789012")}),
		"a project of a domain":    but(config{"project": str("example.com:payments")}),
		"its own custom role":      but(config{"role": str("projects/payments-prod/roles/operator")}),
		"an organization's role":   but(config{"role": str("organizations/123/roles/operator")}),
		"a role with a version":    but(config{"role": str("roles/compute.instanceAdmin.v1")}),
		"members in any case":      but(config{"members": set("user:Alice@Example.com", oncall)}),
		"the longest texts":        but(config{"title": str(strings.Repeat("ä", 100)), "description": str(strings.Repeat("ä", 256))}),
		"texts with joiners":       but(config{"title": str("On call 👩\u200d💻"), "description": str("می\u200cخواهم")}),
		"an empty description":     but(config{"description": str("")}),
		"as many operators as fit": but(config{"resource_condition": str(ten)}),
		"a condition with time":    but(config{"resource_condition": str(`request.time.getHours("Europe/Berlin") < 18`)}),
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := validate(t, c); len(found) > 0 {
				t.Errorf("got %s, want no diagnostics", printed(found))
			}
		})
	}
}

func TestUnknownValues_AreNeverRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"project", "role", "title", "description", "resource_condition"} {
		if found := validate(t, but(config{name: unknown})); len(found) > 0 {
			t.Errorf("%s: got %s, want no diagnostics", name, printed(found))
		}
	}
	sets := tftypes.Set{ElementType: tftypes.String}
	for name, c := range map[string]config{
		"members":                 {"members": tftypes.NewValue(sets, tftypes.UnknownValue)},
		"one member":              {"members": tftypes.NewValue(sets, []tftypes.Value{str(alice), unknown})},
		"all three places":        {"project": unknown, "folder": unknown, "organization": unknown},
		"a place beside a known":  {"folder": unknown},
		"no project but a folder": {"project": {}, "folder": unknown},
		"a role elsewhere":        {"project": unknown, "role": str("projects/payments-test/roles/operator")},
	} {
		if found := validate(t, but(c)); len(found) > 0 {
			t.Errorf("%s: got %s, want no diagnostics", name, printed(found))
		}
	}
}
