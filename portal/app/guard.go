package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/cloudresourcemanager/v3"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// projectIDs finds the id of the project with a number.
type projectIDs func(ctx context.Context, number string) (id string, err error)

// guardedProjects are the projects on which nothing is ever activated: the one where the portal
// runs, the one that holds its service account, and those of the configuration. It is an error if
// nobody can tell which project holds the service account.
func guardedProjects(ctx context.Context, d deployment, configured []string, ids projectIDs) ([]string, error) {
	home, err := accountProject(ctx, d, ids)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, id := range slices.Concat([]string{d.Project, home}, configured) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all, nil
}

// accountProject is the id of the project that holds the portal's service account. Some addresses
// name that project by its number, which is looked up unless it is that of the portal's own.
func accountProject(ctx context.Context, d deployment, ids projectIDs) (string, error) {
	const remedy = "run the portal as an account of the form NAME@PROJECT.iam.gserviceaccount.com"
	id, number := projectOfAddress(d.ServiceAccount)
	switch {
	case number != "" && number == d.Number:
		return d.Project, nil
	case number != "":
		id, err := ids(ctx, number)
		if err != nil {
			return "", fmt.Errorf("finding the project of the service account %s, where nothing may be activated: %w; "+
				"grant the account resourcemanager.projects.get (roles/browser) on project %s, or %s", d.ServiceAccount, err, number, remedy)
		}
		return id, nil
	case !eligibility.ProjectCanBeAddressed(id):
		return "", fmt.Errorf("the address of the service account %q does not name the project that holds it, where nothing may be activated; %s",
			d.ServiceAccount, remedy)
	}
	return id, nil
}

// projectOfAddress is the id or the number of the project that the address of a service account
// names, or neither. The address of one in example.com:portal ends in
// @portal.example.com.iam.gserviceaccount.com:
// docs.cloud.google.com/iam/docs/service-account-types.
func projectOfAddress(account string) (id, number string) {
	name, domain, _ := strings.Cut(account, "@")
	switch domain {
	case "developer.gserviceaccount.com": // the default account of Compute Engine
		return "", digitsOnly(strings.TrimSuffix(name, "-compute"))
	case "cloudservices.gserviceaccount.com": // the agent of Google's APIs
		return "", digitsOnly(name)
	case "appspot.gserviceaccount.com": // the default account of App Engine
		return withDomain(name), ""
	}
	home, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	if !ok {
		return "", ""
	}
	return withDomain(home), ""
}

// digitsOnly is a text of digits, or "" for any other.
func digitsOnly(text string) string {
	if strings.Trim(text, "0123456789") != "" {
		return ""
	}
	return text
}

// withDomain is the id of the project that an address names: portal.example.com is that of
// example.com:portal.
func withDomain(home string) string {
	if project, company, ok := strings.Cut(home, "."); ok {
		return company + ":" + project
	}
	return home
}

// projectTimeout bounds the look-up of a project at the start, with its retries.
const projectTimeout = 10 * time.Second

// idsFrom looks projects up in Resource Manager.
func idsFrom(manager *cloudresourcemanager.Service) projectIDs {
	return func(ctx context.Context, number string) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, projectTimeout)
		defer cancel()
		var found *cloudresourcemanager.Project
		err := gax.Invoke(ctx, func(ctx context.Context, _ gax.CallSettings) (err error) {
			found, err = manager.Projects.Get("projects/" + number).Context(ctx).Do()
			return err
		}, gax.WithRetry(func() gax.Retryer { return &retryer{} }))
		switch {
		case err != nil:
			return "", err
		case found.Name != "projects/"+number || !eligibility.ProjectCanBeAddressed(found.ProjectId):
			return "", fmt.Errorf("the answer about project %s is not about it", number)
		}
		return found.ProjectId, nil
	}
}

// retryer repeats a call for as long as another try may succeed.
type retryer struct{ waits gax.Backoff }

// Retry implements gax.Retryer.
func (r *retryer) Retry(err error) (time.Duration, bool) {
	r.waits.Initial = 200 * time.Millisecond
	return r.waits.Pause(), cause.Of(err).MayPass()
}
