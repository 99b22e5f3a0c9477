package app

import (
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

func TestRead_QuotasAreSharedByThreeInstancesWhereNobodySays(t *testing.T) {
	t.Parallel()
	s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"MAX_INSTANCES": ""})))
	if err != nil || s.Quota.Instances != 3 || s.Quota.CallsPerPerson != 300 {
		t.Fatalf("settings = %+v, %v", s.Quota, err)
	}
	if len(s.Warnings) != 1 || !strings.HasPrefix(s.Warnings[0], "MAX_INSTANCES is not set") {
		t.Errorf("warnings = %q, want one that names the variable", s.Warnings)
	}
}

// A quota that is divided by a hundred instances leaves each of them next to nothing.
func TestRead_WarnsOfInstancesThatHaveFewCalls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ instances, quotas, warning string }{
		{"3", "", ""},
		{"8", "", ""},
		{"9", "", "with 9 instances each has few calls a minute of these quotas: effective-policies 4; "},
		{"50", "effective-policies=6000", "with 50 instances each has few calls a minute of these quotas: search-policies 3, search-projects 3, policy-writes 4; "},
	} {
		s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"MAX_INSTANCES": c.instances, "GOOGLE_API_QUOTAS": c.quotas})))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.Warnings, "\n"); c.warning == "" && got != "" || !strings.HasPrefix(got, c.warning) {
			t.Errorf("%s instances, %s: warnings = %q, want %q", c.instances, c.quotas, got, c.warning)
		}
	}
}

func TestRead_Quotas(t *testing.T) {
	t.Parallel()
	s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{
		"MAX_INSTANCES": "10", "CALLS_PER_PERSON": "600", "GOOGLE_API_QUOTAS": "directory=4800, policy-reads=9000",
	})))
	q := s.Quota
	if err != nil || q.Instances != 10 || q.CallsPerPerson != 600 || len(q.Quotas) != 2 || q.Quotas[quota.Directory] != 4800 || q.Quotas[quota.PolicyReads] != 9000 {
		t.Errorf("settings = %+v, %v", q, err)
	}
	for name, value := range map[string]string{
		"MAX_INSTANCES": "0", "CALLS_PER_PERSON": "many", "GOOGLE_API_QUOTAS": "directory", "GOOGLE_API_QUOTAS ": "groups=5",
	} {
		name = strings.TrimSpace(name)
		if _, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{name: value}))); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: %v, want a problem that names the variable", name, value, err)
		}
	}
}
