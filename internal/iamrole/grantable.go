package iamrole

import (
	"context"
	"errors"

	"google.golang.org/api/iam/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/restcall"
)

const (
	// grantablePage is the largest page that IAM gives.
	grantablePage = 2000
	// maxGrantablePages is more than Google's predefined roles need, and all custom roles that one
	// organization and one project may have.
	maxGrantablePages = 5
)

// Grantable returns the names of the roles that the policy of a project, folder or organization can
// name: custom roles are among them where the caller may list those. It gives up after 3 s, and
// after five pages with what they held. The error is an [*upstream.Outage].
func (r *Reader) Grantable(ctx context.Context, resource string) ([]string, error) {
	return restcall.Do(ctx, restcall.Target{Service: "IAM", Resource: resource}, func(ctx context.Context) ([]string, error) {
		return r.grantable(ctx, resource)
	})
}

// errEnough ends a list that is longer than anybody needs.
var errEnough = errors.New("enough roles")

func (r *Reader) grantable(ctx context.Context, resource string) ([]string, error) {
	request := &iam.QueryGrantableRolesRequest{FullResourceName: "//cloudresourcemanager.googleapis.com/" + resource, PageSize: grantablePage}
	var names []string
	pages := 0
	err := r.service.Roles.QueryGrantableRoles(request).Fields("roles.name", "nextPageToken").Pages(ctx, func(page *iam.QueryGrantableRolesResponse) error {
		for _, role := range page.Roles {
			names = append(names, role.Name)
		}
		if pages++; pages == maxGrantablePages {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return names, err
}
