package app

import (
	"regexp"
	"testing"
)

func TestRead_AcceptsTheScopesAndSecretsThatItAcceptedBefore(t *testing.T) {
	t.Parallel()
	for variable, row := range map[string]struct {
		earlier *regexp.Regexp
		values  []string
	}{
		"RESOURCE_SCOPE": {
			regexp.MustCompile(`^(?:(?:organizations|folders)/[0-9]+|projects/(?:[a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9])$`),
			[]string{"organizations/1", "folders/012", "projects/payments-prod", "projects/example.com:payments", "projects/-:payments"},
		},
		"SMTP_SECRET": {
			regexp.MustCompile(`^projects/[a-z0-9.:-]+/secrets/[A-Za-z0-9_-]+/versions/(latest|[0-9]+)$`),
			[]string{
				"projects/payments-prod/secrets/smtp/versions/latest", "projects/123456789012/secrets/SMTP_1-x/versions/7",
				"projects/secrets/secrets/secrets/versions/1", "projects/example.com:payments/secrets/smtp/versions/0",
			},
		},
	} {
		for _, value := range row.values {
			_, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{variable: value})))
			if !row.earlier.MatchString(value) || err != nil {
				t.Errorf("%s=%q: %v before, %v now", variable, value, row.earlier.MatchString(value), err)
			}
		}
	}
}

func TestRead_RefusesWhatNamesNoScopeOrSecret(t *testing.T) {
	t.Parallel()
	for variable, values := range map[string][]string{
		"RESOURCE_SCOPE": {
			"projects/123456789012", "projects/", "projects/pay", "projects/Payments-Prod", "organizations/", "organizations/example.com",
			"folders/1/2", "payments-prod", "billingAccounts/1",
		},
		"SMTP_SECRET": {
			"projects/payments-prod/secrets/smtp", "projects/payments-prod/secrets/smtp/versions/", "projects/payments-prod/secrets/smtp/versions/newest",
			"folders/1/secrets/smtp/versions/1", "projects//secrets/smtp/versions/1", "projects/A/secrets/smtp/versions/1",
			"projects/payments-prod/secrets/a/b/versions/1", "secrets/smtp/versions/1", "smtp",
		},
	} {
		for _, value := range values {
			if _, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{variable: value}))); err == nil {
				t.Errorf("%s=%q was accepted", variable, value)
			}
		}
	}
}
