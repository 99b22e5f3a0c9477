package app

import (
	"context"
	"fmt"
	"path"

	"cloud.google.com/go/compute/metadata"
	"golang.org/x/sync/errgroup"
)

// place is where the portal runs, as the metadata server tells.
type place struct {
	Project        string // id
	Number         string
	Region         string // "" where nothing depends on it
	ServiceAccount string // e-mail
}

// learn asks the metadata server all at once.
func learn(ctx context.Context, s Settings) (place, error) {
	var p place
	server := metadata.NewClient(nil)
	g, ctx := errgroup.WithContext(ctx)
	ask := func(answer *string, about string, question func(context.Context) (string, error)) {
		g.Go(func() (err error) {
			if *answer, err = question(ctx); err != nil {
				return fmt.Errorf("asking the metadata server for the %s: %w", about, err)
			}
			return nil
		})
	}
	ask(&p.Project, "project", server.ProjectIDWithContext)
	ask(&p.Number, "project's number", server.NumericProjectIDWithContext)
	ask(&p.ServiceAccount, "service account", func(ctx context.Context) (string, error) {
		return server.EmailWithContext(ctx, "default")
	})
	if s.CloudRun != "" {
		ask(&p.Region, "region", func(ctx context.Context) (string, error) {
			region, err := server.GetWithContext(ctx, "instance/region")
			return path.Base(region), err
		})
	}
	err := g.Wait()
	return p, err
}

// audience is whom Identity-Aware Proxy makes its assertions for. Source:
// cloud.google.com/iap/docs/signed-headers-howto.
func audience(s Settings, p place) string {
	project := "/projects/" + p.Number
	switch {
	case s.AppEngine != "":
		return project + "/apps/" + p.Project
	case s.BackendService != "":
		return project + "/global/backendServices/" + s.BackendService
	case s.CloudRun != "":
		return project + "/locations/" + p.Region + "/services/" + s.CloudRun
	}
	return ""
}
