package app

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func lookupIn(all map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := all[name]; return v, ok }
}

// validConfiguration is a configuration that works, with changes.
func validConfiguration(changes map[string]string) map[string]string {
	all := map[string]string{"RESOURCE_SCOPE": "organizations/1", "RESOURCE_CATALOG": "AssetInventory", "K_SERVICE": "jit-access", "SMTP_SENDER_ADDRESS": "jit@example.com", "MAX_INSTANCES": "3"}
	for name, value := range changes {
		all[name] = value
	}
	return all
}

func TestRead_DefaultsOf181(t *testing.T) {
	s, err := Read(t.Context(), lookupIn(validConfiguration(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Rules.Maximum != 2*time.Hour || s.Rules.MaxRoles != 10 || s.Rules.Pattern != nil || s.Rules.Hint != "Bug or case number" ||
		s.Listen != ":8080" || !s.VerifyAudience || len(s.Warnings) != 0 {
		t.Errorf("settings = %+v", s)
	}
}

func TestRead_ReadsValuesAs181Does(t *testing.T) {
	s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{
		"RESOURCE_SCOPE": "  projects/example.com:payments ", "ACTIVATION_TIMEOUT": "+30", "RESOURCE_CATALOG": " assetINVENTORY",
		"ACTIVATION_REQUEST_MAX_ROLES": " ", "JUSTIFICATION_PATTERN": `(BUG|CASE)-\d+.*`, "JUSTIFICATION_HINT": "Case",
	})))
	if err != nil {
		t.Fatal(err)
	}
	if s.Scope != "projects/example.com:payments" || s.Rules.Maximum != 30*time.Minute || s.Rules.MaxRoles != 10 || s.Rules.Hint != "Case" {
		t.Errorf("settings = %+v", s)
	}
	for text, ok := range map[string]bool{"BUG-1": true, "BUG-1 x": true, "xBUG-1": false, "BUG-": false} {
		if s.Rules.Pattern.MatchString(text) != ok {
			t.Errorf("the pattern matches %q: %v, want %v", text, !ok, ok)
		}
	}
}

func TestRead_TheDeprecatedTimeoutWinsAndIsWarnedAbout(t *testing.T) {
	s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"ELEVATION_DURATION": "15", "ACTIVATION_TIMEOUT": "30"})))
	if err != nil || s.Rules.Maximum != 15*time.Minute || len(s.Warnings) != 1 {
		t.Errorf("settings = %+v, %v", s, err)
	}
}

func TestRead_ScopeWithoutResourceScope(t *testing.T) {
	for project, want := range map[string]string{"payments-prod": "projects/payments-prod", "": ""} {
		s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"RESOURCE_SCOPE": "", "GOOGLE_CLOUD_PROJECT": project})))
		if err != nil || s.Scope != want {
			t.Errorf("with project %q: scope %q, %v; want %q", project, s.Scope, err, want)
		}
	}
}

func TestRead_TheCatalogFollowsTheCustomer(t *testing.T) {
	if _, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"RESOURCE_CATALOG": "", "RESOURCE_CUSTOMER_ID": "C01example"}))); err != nil {
		t.Errorf("with RESOURCE_CUSTOMER_ID: %v", err)
	}
}

func TestRead_WarnsOfSettingsThatWeakenOrDoNothing(t *testing.T) {
	for name, value := range map[string]string{
		"IAP_VERIFY_AUDIENCE": "false", "AVAILABLE_PROJECTS_QUERY": "state:ACTIVE", "GOOGLE_API_ENDPOINT": "http://127.0.0.1:1",
	} {
		s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{name: value})))
		if err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], name) {
			t.Errorf("%s=%s: warnings %q, %v", name, value, s.Warnings, err)
		}
	}
}

// JIT Access 1.8.1 starts with these, so a portal that takes over from it does.
func TestRead_AcceptsLargeNumbersOf181(t *testing.T) {
	s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{
		"ACTIVATION_TIMEOUT": "1440", "ACTIVATION_REQUEST_TIMEOUT": "1440", "ACTIVATION_REQUEST_MAX_ROLES": "1000", "ACTIVATION_REQUEST_MAX_REVIEWERS": "101",
	})))
	if err != nil {
		t.Fatal(err)
	}
	r := s.Rules
	if r.Maximum != 24*time.Hour || r.RequestTimeout != 12*time.Hour-time.Minute || r.MaxRoles != 100 || r.MaxReviewers != 100 {
		t.Errorf("rules = %+v", r)
	}
	want := []string{
		"ACTIVATION_REQUEST_MAX_ROLES=1000 counts as 100: no form carries more",
		"ACTIVATION_REQUEST_MAX_REVIEWERS=101 counts as 100: no link carries more",
		"ACTIVATION_REQUEST_TIMEOUT=1440 counts as 719: IAM Credentials signs for 12 hours at most, of which a minute is left for clocks that differ",
	}
	if diff := cmp.Diff(want, s.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestRead_NamesEveryProblemAtOnce(t *testing.T) {
	_, err := Read(t.Context(), lookupIn(map[string]string{
		"RESOURCE_SCOPE": "organisations/1", "RESOURCE_CATALOG": "PolicyAnalyzer", "ACTIVATION_TIMEOUT": "2h",
		"ACTIVATION_REQUEST_MAX_ROLES": "0", "JUSTIFICATION_PATTERN": "(?=x)", "IAP_BACKEND_SERVICE_ID": "portal", "PORT": "http",
	}))
	if err == nil {
		t.Fatal("a configuration full of problems was accepted")
	}
	want := []string{
		`RESOURCE_SCOPE="organisations/1" is no scope; set organizations/NUMBER, folders/NUMBER or projects/ID`,
		`PORT="http" is no whole number from 0 to 65535`,
		`ACTIVATION_TIMEOUT="2h" is no whole number from 1 to 2147483647`,
		"JUSTIFICATION_PATTERN=\"(?=x)\" is no pattern that RE2 can match: invalid or unsupported Perl syntax: \"(?=\"; see github.com/google/re2/wiki/Syntax",
		`ACTIVATION_REQUEST_MAX_ROLES="0" is no whole number from 1 to 2147483647`,
		`RESOURCE_CATALOG="PolicyAnalyzer" is no catalog of this version; set RESOURCE_CATALOG=AssetInventory, and grant the portal's ` +
			`service account roles/cloudasset.viewer on the scope and the right to read groups`,
		`IAP_BACKEND_SERVICE_ID="portal" is no number; set the generated id of the backend service, not its name`,
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestRead_RefusesOneBadValue(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"RESOURCE_SCOPE", "projects/418230117"}, {"RESOURCE_SCOPE", "folders/x"}, {"ACTIVATION_TIMEOUT", "0"}, {"ACTIVATION_TIMEOUT", "-1"}, {"ACTIVATION_REQUEST_TIMEOUT", "2147483648"},
		{"RESOURCE_CATALOG", "Inventory"}, {"RESOURCE_CUSTOMER_ID", "example.com"}, {"RESOURCE_CATALOG", ""}, {"K_SERVICE", ""}, {"PORT", "65536"}, {"LISTEN_ADDRESS", "localhost"},
		{"JUSTIFICATION_PATTERN", "a++"}, {"JUSTIFICATION_PATTERN", "[a-z&&[^b]]"}, {"JUSTIFICATION_PATTERN", "[a[b]]"}, {"JUSTIFICATION_PATTERN", `(x)\1`},
		{"JUSTIFICATION_PATTERN", `BUG-\d+)|(`}, {"IAP_VERIFY_AUDIENCE", "yes"}, {"IAP_VERIFY_AUDIENCE", "ture"}, {"SMTP_ENABLE_STARTTLS", "1"},
		{"GUARDED_PROJECTS", "200000000100"}, {"GUARDED_PROJECTS", "ci-prod,projects/images"}, {"GUARDED_PROJECTS", manyProjects(21)},
		{"SMTP_ADDRESS_MAPPING", "user.foo +"}, {"SMTP_ADDRESS_MAPPING", "1"},
	} {
		if _, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{c.name: c.value}))); err == nil {
			t.Errorf("%s=%q was accepted", c.name, c.value)
		}
	}
}

func TestJustificationPattern_AcceptsWhatBothReadAlike(t *testing.T) {
	for _, pattern := range []string{`[]a-z]x`, `[^]a]`, `\[[a&b]\]`, `(?i)case`, `(?<id>\d+)`} {
		if _, err := justificationPattern(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func TestAudience_FollowsWhereThePortalRuns(t *testing.T) {
	p := deployment{Project: "jit-access", Number: "418", Region: "europe-west1"}
	for want, s := range map[string]Settings{
		"/projects/418/apps/jit-access":                                {AppEngine: "default", CloudRun: "x"},
		"/projects/418/global/backendServices/77":                      {BackendService: "77", CloudRun: "x"},
		"/projects/418/locations/europe-west1/services/jit-access-run": {CloudRun: "jit-access-run"},
	} {
		if got := audience(s, p); got != want {
			t.Errorf("audience = %q, want %q", got, want)
		}
	}
}

// JIT Access 1.8.1 takes all of these but "true" for false, so none of them turns a protection off
// by mistake.
func TestRead_AFlagIsTrueOrFalse(t *testing.T) {
	for value, want := range map[string]bool{"true": true, " TRUE ": true, "false": false, "False": false, "no": false, "off": false, "0": false} {
		s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"IAP_VERIFY_AUDIENCE": value, "SMTP_ENABLE_STARTTLS": value})))
		if err != nil || s.VerifyAudience != want || s.Mail.SMTP.StartTLS != want {
			t.Errorf("%q: audience %t, STARTTLS %t, %v; want %t", value, s.VerifyAudience, s.Mail.SMTP.StartTLS, err, want)
		}
	}
}

func TestRun_LogsEveryProblemOfTheConfiguration(t *testing.T) {
	var log strings.Builder
	err := Run(t.Context(), Options{Log: &log, Lookup: lookupIn(validConfiguration(map[string]string{"ACTIVATION_TIMEOUT": "2h", "PORT": "http"}))})
	if err == nil {
		t.Fatal("a configuration with problems was served")
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("logged %q, want one line for each of 2 problems", lines)
	}
	for i, name := range []string{"PORT", "ACTIVATION_TIMEOUT"} {
		if !strings.Contains(lines[i], `"severity":"ERROR"`) || !strings.Contains(lines[i], name) || !strings.Contains(lines[i], "runtime.startup") {
			t.Errorf("logged %s, want an error of runtime.startup about %s", lines[i], name)
		}
	}
}
