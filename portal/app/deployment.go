package app

import (
	"context"
	"fmt"
	"path"

	"cloud.google.com/go/compute/metadata"
	"golang.org/x/sync/errgroup"
)

// deployment is where the portal runs, by the metadata server.
type deployment struct {
	Project        string // id
	Number         string
	Region         string // of Cloud Run; "" elsewhere
	ServiceAccount string // e-mail
}

// readDeployment reads all values from the metadata server concurrently.
func readDeployment(ctx context.Context, s Settings) (deployment, error) {
	var d deployment
	server := metadata.NewClient(nil)
	g, ctx := errgroup.WithContext(ctx)
	ask := func(value *string, name string, read func(context.Context) (string, error)) {
		g.Go(func() (err error) {
			if *value, err = read(ctx); err != nil {
				return fmt.Errorf("asking the metadata server for the %s: %w", name, err)
			}
			return nil
		})
	}
	ask(&d.Project, "project", server.ProjectIDWithContext)
	ask(&d.Number, "project's number", server.NumericProjectIDWithContext)
	ask(&d.ServiceAccount, "service account", func(ctx context.Context) (string, error) {
		return server.EmailWithContext(ctx, "default")
	})
	if s.CloudRun != "" {
		ask(&d.Region, "region", func(ctx context.Context) (string, error) {
			region, err := server.GetWithContext(ctx, "instance/region")
			return path.Base(region), err
		})
	}
	err := g.Wait()
	return d, err
}

// audience is the audience of the assertions that Identity-Aware Proxy makes for the portal:
// cloud.google.com/iap/docs/signed-headers-howto.
func audience(s Settings, d deployment) string {
	project := "/projects/" + d.Number
	switch {
	case s.AppEngine != "":
		return project + "/apps/" + d.Project
	case s.BackendService != "":
		return project + "/global/backendServices/" + s.BackendService
	case s.CloudRun != "":
		return project + "/locations/" + d.Region + "/services/" + s.CloudRun
	}
	return ""
}
