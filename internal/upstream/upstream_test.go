package upstream_test

import (
	"errors"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

func TestOutage_SaysWhoRefusedWhat(t *testing.T) {
	t.Parallel()
	cause := errors.New("no")
	for want, o := range map[string]upstream.Outage{
		"IAM refused iam.roles.get on projects/x: no": {Service: "IAM", Permission: "iam.roles.get", Resource: "projects/x", Err: cause},
		"IAM did not do its part: no":                 {Service: "IAM", Resource: "projects/x", Err: cause},
	} {
		if got := o.Error(); got != want {
			t.Errorf("%+v says %q, want %q", o, got, want)
		}
		if !errors.Is(&o, cause) {
			t.Errorf("%+v hides its cause", o)
		}
	}
}
