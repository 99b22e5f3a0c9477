package catalog

import (
	"errors"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

func TestConvert_RefusesANullBinding(t *testing.T) {
	t.Parallel()
	if got, err := toBindings(&iampb.Policy{Bindings: []*iampb.Binding{{Role: "roles/viewer"}, nil}}); !errors.Is(err, policy.ErrNullBinding) {
		t.Errorf("got %v, %v, want ErrNullBinding", got, err)
	}
	if got, err := toBindings(nil); len(got) != 0 || err != nil {
		t.Errorf("no policy has bindings %v, %v", got, err)
	}
}
