package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	asset "cloud.google.com/go/asset/apiv1"
	credentials "cloud.google.com/go/iam/credentials/apiv1"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/iam/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/directory"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// patience bounds one write of a policy, its conflicts included: a person waits.
const patience = 20 * time.Second

// oauthScopes are what the portal's access token is asked for.
var oauthScopes = []string{cloudresourcemanager.CloudPlatformScope, admin.AdminDirectoryGroupReadonlyScope}

func reach(ctx context.Context, s Settings, version string) (*googleapi.Access, error) {
	access, err := googleapi.New(ctx, googleapi.Config{
		Endpoint: s.Endpoint, Scopes: oauthScopes, UserAgent: "jitaccess-portal/" + version, Uncompressed: true,
	})
	if err != nil {
		return nil, fmt.Errorf("reaching Google: %w", err)
	}
	return access, nil
}

// wire puts the portal together. Clients, connections, tokens and key sets live
// as long as the process.
func wire(ctx context.Context, o Options, s Settings, p place, access *googleapi.Access, log *slog.Logger) (http.Handler, error) {
	manager, err := cloudresourcemanager.NewService(ctx, access.REST("cloudresourcemanager.googleapis.com")...)
	if err != nil {
		return nil, fmt.Errorf("making a client of Resource Manager: %w", err)
	}
	groups, err := admin.NewService(ctx, access.REST("admin.googleapis.com")...)
	if err != nil {
		return nil, fmt.Errorf("making a client of the Directory: %w", err)
	}
	index, err := asset.NewClient(ctx, access.GRPC("cloudasset.googleapis.com")...)
	if err != nil {
		return nil, fmt.Errorf("making a client of Cloud Asset Inventory: %w", err)
	}
	keys, err := credentials.NewIamCredentialsClient(ctx, access.GRPC("iamcredentials.googleapis.com")...)
	if err != nil {
		return nil, fmt.Errorf("making a client of IAM Credentials: %w", err)
	}
	roles, err := iam.NewService(ctx, access.REST("iam.googleapis.com")...)
	if err != nil {
		return nil, fmt.Errorf("making a client of IAM: %w", err)
	}
	teller, err := notifier(ctx, s.Mail, p.Project, access, o.Clock)
	if err != nil {
		return nil, err
	}
	upstream, members := policy.NewUpstream(manager), directory.New(groups, s.Customer)
	inventory := catalog.NewInventory(index)
	described := iamrole.NewReader(roles, o.Clock)
	found := catalog.New(catalog.Config{
		Scope: scopeOf(s, p), Reader: policy.NewReader(upstream, policy.PortalRetry()),
		Locator: inventory, Finder: inventory, Memberships: members, Titles: described, Clock: o.Clock,
	})
	writer := policy.NewWriter(upstream, policy.Options{
		Retry: policy.PortalRetry(), Timeout: patience, Sweep: activation.Sweep(o.Clock),
	})
	rules := s.Rules
	rules.Guarded = guarded(p)
	desk := activation.NewDesk(activation.Deps{
		Rules: rules, Confirmer: found, Catalog: found, Holders: found, Roles: described, Policies: writer, Clock: o.Clock,
		Signer:         request.NewMint(p.ServiceAccount, signer{keys, p.ServiceAccount}),
		Administrators: administrators{s.Administrators, members},
	})
	return web.New(web.Deps{
		Identifier: verifier(s, p, access, o.Clock),
		Rules:      rules,
		Access:     desk, Activator: desk, Requests: desk, Decider: desk, Revoker: desk,
		Redeemer: request.NewRedeemer(p.ServiceAccount,
			keyset.New(request.KeysURL(p.ServiceAccount), access.HTTPClient(), keyset.Options{Clock: o.Clock}), o.Clock),
		Auditor:    audit.New(o.Log, p.Project),
		Notifier:   messages{teller, log},
		PublicURL:  s.PublicURL,
		TrustsHost: trustsHost(s),
		Log:        log, Clock: o.Clock, Random: o.Random, Version: o.Version,
	}), nil
}

// trustsHost is true where nobody but Google's own front end sets the host of a
// request, which the audience of an assertion proves. Without that check a load
// balancer may stand in front, which passes on what a browser sent.
func trustsHost(s Settings) bool {
	return s.VerifyAudience && s.BackendService == "" && (s.CloudRun != "" || s.AppEngine != "")
}

// scopeOf is what is watched over: without RESOURCE_SCOPE the portal's own
// project, as in JIT Access 1.8.1.
func scopeOf(s Settings, p place) string {
	if s.Scope == "" {
		return "projects/" + p.Project
	}
	return s.Scope
}

// guarded are the projects on which nothing is ever activated: where the portal
// runs, and where its service account lives.
func guarded(p place) []string {
	projects := []string{p.Project}
	if home := homeOf(p.ServiceAccount); home != "" && home != p.Project {
		projects = append(projects, home)
	}
	return projects
}

// homeOf is the project of a service account, "" where its address does not tell.
// That of example.com:portal is in portal.example.com.iam.gserviceaccount.com.
// Source: docs.cloud.google.com/iam/docs/service-account-types.
func homeOf(account string) string {
	name, domain, _ := strings.Cut(account, "@")
	home, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	switch {
	case domain == "appspot.gserviceaccount.com":
		home = name
	case !ok:
		return ""
	}
	if project, company, ok := strings.Cut(home, "."); ok {
		return company + ":" + project
	}
	return home
}

// verifier accepts assertions for this service alone, or, where the check of
// the audience is turned off, for any of this project.
func verifier(s Settings, p place, access *googleapi.Access, clock func() time.Time) identity.Verifier {
	v := identity.Verifier{
		Keys:  keyset.New(identity.KeysURL, access.HTTPClient(), keyset.Options{Clock: clock}),
		Clock: clock,
	}
	if !s.VerifyAudience {
		v.Project = p.Number
		return v
	}
	v.Audiences = []string{audience(s, p)}
	return v
}
