package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

func TestRoles_ManyCostThePatienceOfOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		roles := newOnce(whileAnswered(func(context.Context, string) (iamrole.Role, error) {
			<-time.After(3 * time.Second)
			return iamrole.Role{}, &upstream.Outage{Err: context.DeadlineExceeded}
		}))
		began := time.Now()
		for i := range 20 {
			if _, err := roles.get(t.Context(), fmt.Sprint("roles/x.", i)); err == nil {
				t.Error("a role without an answer was described")
			}
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("twenty roles took %v, want 3 s", took)
		}
	})
}

func TestRoles_ARefusalIsNoSilence(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]error{
		"denied":         &upstream.Outage{Err: &googleapi.Error{Code: http.StatusForbidden}},
		"no such role":   &upstream.Outage{Err: &googleapi.Error{Code: http.StatusNotFound}},
		"no role at all": errors.New("not the name of a role"),
	} {
		roles := newOnce(whileAnswered(func(_ context.Context, role string) (iamrole.Role, error) {
			if role == "roles/first" {
				return iamrole.Role{}, refused
			}
			return iamrole.Role{Name: role}, nil
		}))
		if _, err := roles.get(t.Context(), "roles/first"); !errors.Is(err, refused) {
			t.Errorf("%s: got %v", name, err)
		}
		if role, err := roles.get(t.Context(), "roles/second"); err != nil || role.Name != "roles/second" {
			t.Errorf("after %s: got %v, %v, want the next role", name, role, err)
		}
	}
}
