package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
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
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// writeTimeout bounds one change of a policy with its conflicts, because a person waits for it.
const writeTimeout = 20 * time.Second

const resourceManagerHost = "cloudresourcemanager.googleapis.com"

// oauthScopes are the scopes of the portal's access token.
var oauthScopes = []string{cloudresourcemanager.CloudPlatformScope, admin.AdminDirectoryGroupReadonlyScope}

// newAccess returns the access to Google's APIs, with the portal's own service account.
func newAccess(ctx context.Context, s Settings, version string, limiter *quota.Limiter) (*googleapi.Access, error) {
	access, err := googleapi.New(ctx, googleapi.Config{
		Endpoint: s.Endpoint, Scopes: oauthScopes, UserAgent: "jitaccess-portal/" + version, Uncompressed: true, Meter: limiter,
	})
	if err != nil {
		return nil, fmt.Errorf("reaching Google: %w", err)
	}
	return access, nil
}

// newSite makes the site and all that it depends on. Clients, connections, tokens and key sets live
// as long as the process.
func newSite(ctx context.Context, o Options, s Settings, d deployment, access *googleapi.Access, limiter *quota.Limiter, log *slog.Logger) (http.Handler, error) {
	manager, err := cloudresourcemanager.NewService(ctx, access.REST(resourceManagerHost)...)
	if err != nil {
		return nil, fmt.Errorf("making a client of Resource Manager: %w", err)
	}
	groups, err := admin.NewService(ctx, access.REST("admin.googleapis.com")...)
	if err != nil {
		return nil, fmt.Errorf("making a client of the Directory: %w", err)
	}
	assets, err := asset.NewClient(ctx, access.GRPC("cloudasset.googleapis.com")...)
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
	protected, err := guardedProjects(ctx, d, s.Guarded, idsFrom(manager))
	if err != nil {
		return nil, err
	}
	notifier, err := newNotifier(ctx, s.Mail, d.Project, access, o.Clock, log)
	if err != nil {
		return nil, err
	}
	upstream, members := policy.NewUpstream(manager), directory.New(groups, s.Customer)
	inventory := catalog.NewInventory(assets)
	roleReader := iamrole.NewReader(roles, o.Clock)
	reader := catalog.New(catalog.Config{
		Scope: scopeOf(s, d), Reader: policy.NewReader(upstream, policy.PortalRetry()),
		Excerpts: policy.NewExcerpts(
			policy.NewExcerptUpstream(access.AuthorizedClient(resourceManagerHost), manager.BasePath), policy.PortalRetry()),
		Locator: inventory, Finder: inventory, Memberships: members, Titles: roleReader, Clock: o.Clock,
		DirectoryShare: func() int { return limiter.Share(quota.Directory) },
	})
	writer := policy.NewWriter(upstream, policy.Options{
		Retry: policy.PortalRetry(), Timeout: writeTimeout, Sweep: activation.Sweep(o.Clock),
	})
	rules := s.Rules
	rules.Guarded = protected
	desk := activation.NewDesk(activation.Deps{
		Rules: rules, Confirmer: reader, Catalog: reader, Holders: reader, Roles: roleReader, Policies: writer, Locator: reader, Clock: o.Clock,
		Signer:         request.NewMint(d.ServiceAccount, signer{keys, d.ServiceAccount}),
		Administrators: administrators{s.Administrators, members},
	})
	return web.New(web.Deps{
		Identifier: newVerifier(s, d, access, o.Clock),
		Rules:      rules,
		Access:     desk, Activator: desk, Requests: desk, Decider: desk, Revoker: desk,
		Redeemer: request.NewRedeemer(d.ServiceAccount,
			keyset.New(request.KeysURL(d.ServiceAccount), access.HTTPClient(), keyset.Options{Clock: o.Clock}), o.Clock),
		Auditor:   audit.New(o.Log, d.Project),
		Notifier:  notifier,
		Quota:     limiter,
		PublicURL: publicURL(s, d),
		AppEngine: appEngineService(s),
		Log:       log, Clock: o.Clock, Random: o.Random, Version: o.Version, Wait: o.Wait,
	}), nil
}

// scopeOf is the scope that the portal manages. By default it is the portal's own project, as in
// JIT Access 1.8.1.
func scopeOf(s Settings, d deployment) string {
	if s.Scope == "" {
		return "projects/" + d.Project
	}
	return s.Scope
}

// newVerifier returns a verifier that accepts assertions for this service alone, or for any service
// of this project if the check of the audience is off.
func newVerifier(s Settings, d deployment, access *googleapi.Access, clock func() time.Time) identity.Verifier {
	v := identity.Verifier{
		Keys:  keyset.New(identity.KeysURL, access.HTTPClient(), keyset.Options{Clock: clock}),
		Clock: clock,
	}
	if !s.VerifyAudience {
		v.Project = d.Number
		return v
	}
	v.Audiences = []string{audience(s, d)}
	return v
}
