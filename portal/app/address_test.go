package app

import (
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/notify"
)

// Links in mail begin with what neither a sender nor a proxy can choose.
func TestPublicURL_IsOfCloudRunOnlyWithoutALoadBalancer(t *testing.T) {
	t.Parallel()
	d := deployment{Project: "jit-access", Number: "200000000100", Region: "europe-west1"}
	for name, c := range map[string]struct {
		settings Settings
		want     string
		service  string // of App Engine
		warned   bool
	}{
		"Cloud Run":                 {Settings{VerifyAudience: true, CloudRun: "portal"}, "https://portal-200000000100.europe-west1.run.app", "", false},
		"a name as long as fits":    {Settings{VerifyAudience: true, CloudRun: strings.Repeat("p", 50)}, "https://" + strings.Repeat("p", 50) + "-200000000100.europe-west1.run.app", "", false},
		"a longer name":             {Settings{VerifyAudience: true, CloudRun: strings.Repeat("p", 51)}, "", "", true},
		"a custom domain":           {Settings{VerifyAudience: true, CloudRun: "portal", PublicURL: "https://jit.example.com"}, "https://jit.example.com", "", false},
		"a load balancer":           {Settings{VerifyAudience: true, CloudRun: "portal", BackendService: "4711"}, "", "", true},
		"a load balancer, named":    {Settings{VerifyAudience: true, CloudRun: "portal", BackendService: "4711", PublicURL: "https://jit.example.com"}, "https://jit.example.com", "", false},
		"no check of the audience":  {Settings{CloudRun: "portal"}, "", "", true},
		"App Engine":                {Settings{VerifyAudience: true, AppEngine: "default"}, "", "default", false},
		"App Engine, named":         {Settings{VerifyAudience: true, AppEngine: "default", PublicURL: "https://jit.example.com"}, "https://jit.example.com", "default", false},
		"App Engine, not checked":   {Settings{AppEngine: "default"}, "", "", true},
		"a machine of Compute":      {Settings{VerifyAudience: true}, "", "", true},
		"App Engine by a balancer":  {Settings{VerifyAudience: true, AppEngine: "default", BackendService: "4711"}, "", "", true},
		"both, as nobody else does": {Settings{VerifyAudience: true, AppEngine: "default", CloudRun: "portal"}, "", "default", false},
	} {
		s := c.settings
		if got := publicURL(s, d); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := appEngineService(s); got != c.service {
			t.Errorf("%s: the service of App Engine is %q, want %q", name, got, c.service)
		}
		if got := addressWarnings(s, d); len(got) > 0 {
			t.Errorf("%s: warned of links that nobody needs: %q", name, got)
		}
		for _, mail := range []MailSettings{{SMTP: notify.SMTP{SenderAddress: "jit-access@example.com"}}, {Topic: "activations"}} {
			s.Mail = mail
			if got := addressWarnings(s, d); (len(got) == 1 && strings.HasPrefix(got[0], "PUBLIC_URL is not set")) != c.warned {
				t.Errorf("%s: warned of %q, want a warning: %t", name, got, c.warned)
			}
		}
	}
}
