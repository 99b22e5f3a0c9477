package eligibility

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What each caller accepted before the grammars stood here, by its own pattern.
var earlierPatterns = []struct {
	caller  string
	pattern *regexp.Regexp
	now     func(string) bool
}{
	{"a plan", regexp.MustCompile(`^([a-z0-9][a-z0-9.-]*\.[a-z]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`), ProjectCanExist},
	{"forms and RESOURCE_SCOPE", regexp.MustCompile(`^([a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`), ProjectCanExist},
	{"the catalog and tokens", regexp.MustCompile(`^(?:[a-z0-9][a-z0-9.-]{0,61}:)?[a-z][a-z0-9-]{0,62}$`), ProjectCanBeAddressed},
	{"ancestors", regexp.MustCompile(`^(?:projects/[a-z0-9][a-z0-9.:-]*|folders/[0-9]+)$`), ResourceName},
	{"evidence", regexp.MustCompile(`^(?:projects/[a-z0-9.:-]+|(?:folders|organizations)/[0-9]+)$`), ResourceName},
	{
		"the catalog's roles",
		regexp.MustCompile(`^(?:(?:projects/[a-z0-9][a-z0-9.:-]*|organizations/[0-9]+)/)?roles/[A-Za-z0-9_][A-Za-z0-9_.]*$`), RoleName,
	},
	{
		"roles in tokens",
		regexp.MustCompile(`^(?:projects/[a-z0-9][a-z0-9.:-]{0,127}/|organizations/[0-9]{1,20}/)?roles/[A-Za-z0-9_.-]{1,128}$`), RoleName,
	},
	{
		"roles in a plan",
		regexp.MustCompile(`^(?:roles/[A-Za-z0-9_.]+|(?:projects/[^/\s]+|organizations/[0-9]+)/roles/[A-Za-z0-9_.]{3,64})$`),
		func(name string) bool { _, _, ok := CutRole(name); return ok },
	},
}

// names are the inputs of all tables in this file, for every grammar.
func names() []string {
	var all []string
	for _, row := range projectCases {
		all = append(all, row.id, "projects/"+row.id, "projects/"+row.id+"/roles/viewer", "projects/"+row.id+"/roles/a.B_9-")
	}
	for _, row := range roleCases {
		all = append(all, row.name)
	}
	return append(all, resourceCases...)
}

func TestNames_AcceptWhatEachCallerAcceptedBefore(t *testing.T) {
	t.Parallel()
	for _, earlier := range earlierPatterns {
		accepted := 0
		for _, name := range names() {
			if !earlier.pattern.MatchString(name) {
				continue
			}
			accepted++
			if !earlier.now(name) {
				t.Errorf("%s took %q, which is refused now", earlier.caller, name)
			}
		}
		if accepted < 3 {
			t.Errorf("%s: only %d names of the tables were accepted before", earlier.caller, accepted)
		}
	}
}

var projectCases = []struct {
	id               string
	exist, addressed bool
}{
	{"payments-prod", true, true},
	{"abcdef", true, true},
	{"a12345", true, true},
	{"a" + strings.Repeat("b", 29), true, true},
	{"a" + strings.Repeat("b", 30), false, true},
	{"a" + strings.Repeat("b", 62), false, true},
	{"a" + strings.Repeat("b", 63), false, false},
	{"a", false, true},
	{"abcde", false, true},
	{"roles", false, true},
	{"payments-", false, true},
	{"example.com:payments", true, true},
	{"example:payments", true, true},
	{"1.example.com:payments", true, true},
	{"123456:payments", true, true},
	{"-.example.com:payments", true, false},
	{strings.Repeat("e", 62) + ":payments", true, true},
	{strings.Repeat("e", 63) + ":payments", true, false},
	{strings.Repeat("e", 80) + ".com:payments", true, false},
	{strings.Repeat("e", 249) + ".com:payments", true, false},
	{"", false, false},
	{strings.Repeat("e", 254) + ":payments", false, false},
	{":", false, false},
	{":payments", false, false},
	{"example.com:", false, false},
	{"example.com:123456789012", false, false},
	{"a:b:payments", false, false},
	{"Example.com:payments", false, false},
	{"123456789012", false, false},
	{"1payments", false, false},
	{"-payments", false, false},
	{"Payments-Prod", false, false},
	{"payments.prod", false, false},
	{"payments_prod", false, false},
	{"payments prod", false, false},
	{"payments-prod\n", false, false},
	{"payments/prod", false, false},
	{"projects/payments-prod", false, false},
	{"..", false, false},
	{"p\u00e4yments", false, false},
}

func TestProjects_ThatCanExistAndThatCanBeAddressed(t *testing.T) {
	t.Parallel()
	for _, row := range projectCases {
		if got := ProjectCanExist(row.id); got != row.exist {
			t.Errorf("ProjectCanExist(%q) = %v", row.id, got)
		}
		if got := ProjectCanBeAddressed(row.id); got != row.addressed {
			t.Errorf("ProjectCanBeAddressed(%q) = %v", row.id, got)
		}
	}
}

var resourceCases = []string{
	"projects/123456789012", "projects/-", "projects/.", "folders/123", "folders/0", "organizations/123456789012",
	"", "/", "projects", "projects/", "folders/", "folders/x", "folders/1/2", "organizations/example.com", "organizations/-1",
	"projects/a/b", "projects/A", "projects/a b", "projects/a%2e", "billingAccounts/1", "Projects/a", "projects/a\n",
}

func TestResourceName_IsAProjectFolderOrOrganization(t *testing.T) {
	t.Parallel()
	for i, name := range resourceCases {
		if got, want := ResourceName(name), i < 6; got != want {
			t.Errorf("ResourceName(%q) = %v", name, got)
		}
	}
}

var roleCases = []struct {
	name, owner, id string
	cut, ok         bool
}{
	{"roles/viewer", "", "viewer", true, true},
	{"roles/compute.instanceAdmin.v1", "", "compute.instanceAdmin.v1", true, true},
	{"roles/_x", "", "_x", true, true},
	{"roles/.x-", "", ".x-", true, true},
	{"roles/" + strings.Repeat("x", 128), "", strings.Repeat("x", 128), true, true},
	{"projects/payments-prod/roles/operator", "projects/payments-prod", "operator", true, true},
	{"projects/example.com:payments/roles/x.y", "projects/example.com:payments", "x.y", true, true},
	{"projects/123456789012/roles/op_1", "projects/123456789012", "op_1", true, true},
	{"projects/roles/roles/x-y", "projects/roles", "x-y", true, true},
	{"organizations/123/roles/operator", "organizations/123", "operator", true, true},
	{"projects/Payments_Prod/roles/operator", "projects/Payments_Prod", "operator", true, false},
	{"projects/payments-prod/roles/", "projects/payments-prod", "", true, false},
	{"roles/", "", "", true, false},
	{"roles/p\u00e4yments", "", "p\u00e4yments", true, false},
	{"roles/compute:admin", "", "compute:admin", true, false},
	{name: ""},
	{name: "viewer"},
	{name: "/roles/viewer"},
	{name: "roles/compute admin"},
	{name: "roles/compute\nadmin"},
	{name: "roles/compute/admin"},
	{name: "roles/roles/viewer"},
	{name: "projects//roles/viewer"},
	{name: "projects/a/b/roles/viewer"},
	{name: "projects/a b/roles/viewer"},
	{name: "projects/payments-prod/viewer"},
	{name: "folders/123/roles/viewer"},
	{name: "organizations/example.com/roles/viewer"},
	{name: "organizations//roles/viewer"},
	{name: "Roles/viewer"},
}

func TestRoleNames_AreCutAndChecked(t *testing.T) {
	t.Parallel()
	for _, row := range roleCases {
		owner, id, cut := CutRole(row.name)
		if owner != row.owner && cut || id != row.id && cut || cut != row.cut {
			t.Errorf("CutRole(%q) = %q, %q, %v", row.name, owner, id, cut)
		}
		if got := RoleName(row.name); got != row.ok {
			t.Errorf("RoleName(%q) = %v", row.name, got)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range names() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, earlier := range earlierPatterns {
			if earlier.pattern.MatchString(name) && !earlier.now(name) {
				t.Errorf("%s took %q, which is refused now", earlier.caller, name)
			}
		}
		if ProjectCanExist(name) && !slices.ContainsFunc([]byte(name), func(b byte) bool { return b >= 'a' && b <= 'z' }) {
			t.Errorf("%q is a number, and can be a project", name)
		}
	})
}
