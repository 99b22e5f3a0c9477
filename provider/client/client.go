// Package client is what a configured provider hands to its resources: clients of Google, and what
// the resources of one walk of Terraform share.
//
// It connects when a policy is first read or written, so that a configuration can be validated
// without credentials. All reads of one policy in one walk share one call to Google, and so do
// questions about a role and about what stands above a resource; a write decides on the policy that
// it changes, which internal/policy reads for it. Its errors say what it could not do; it words
// nothing for practitioners.
package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/iam/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/hierarchy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// TypeName is the provider's, with which the type names of its resources begin.
	TypeName = "jitaccess"
	// EndpointVariable names the environment variable for another place of Google's APIs, for an
	// emulator or a proxy.
	EndpointVariable = "GOOGLE_API_ENDPOINT"

	resourceManagerHost = "cloudresourcemanager.googleapis.com"
	iamHost             = "iam.googleapis.com"
	// Patience bounds one write with its repetitions: Terraform would rather wait than fail while
	// others change the policy.
	Patience = 5 * time.Minute
)

// Client is one configured provider. The zero value cannot connect.
type Client struct {
	// PortalProject is the project of the portal, or "" where that is not known.
	PortalProject string
	// Planned is who is to be eligible by the plans of this walk.
	Planned Planned
	// Imported are the bindings that this walk imports, as places without a member. The plan of an
	// import block follows in the same walk; terraform import plans nothing.
	Imported PlaceSet
	// Named are the places that the states name which this walk has read so far.
	Named PlaceSet
	// Places are what the resources of this walk do to places.
	Places Places

	seen    seen
	pending string // the provider's attribute whose value is not known yet, or ""
	connect func() (*connection, error)
}

// connection reads and writes policies, and asks about what they name.
type connection struct {
	policies  *policies
	ancestors *ancestors
	roles     *once[iamrole.Role]
	grantable *once[[]string]
	batching  *batching
	writer    *policy.Writer
}

// New is a client that connects when it is first used. Pending names the provider's attribute whose
// value is not known yet, or is "": only the apply can connect then.
func New(pending string, c googleapi.Config) *Client {
	return &Client{pending: pending, connect: sync.OnceValues(func() (*connection, error) {
		return connect(c)
	})}
}

// connect looks for credentials. Its errors are *CredentialsError.
func connect(c googleapi.Config) (*connection, error) {
	ctx := context.Background()
	access, err := googleapi.New(ctx, c)
	if err != nil {
		return nil, &CredentialsError{err}
	}
	manager, err := cloudresourcemanager.NewService(ctx, access.REST(resourceManagerHost)...)
	if err != nil {
		return nil, &CredentialsError{err}
	}
	roles, err := iam.NewService(ctx, access.REST(iamHost)...)
	if err != nil {
		return nil, &CredentialsError{err}
	}
	upstream := signedIn{policy.NewUpstream(manager)}
	together := newBatching(upstream)
	reader := iamrole.NewReader(roles, nil)
	read := &policies{newOnce(policy.NewReader(upstream, policy.ProviderRetry()).Read)}
	return &connection{
		policies:  read,
		ancestors: &ancestors{parents: newOnce(hierarchy.NewParents(manager).Of), policies: read},
		roles:     newOnce(whileAnswered(reader.Describe)),
		grantable: newOnce(whileAnswered(reader.Grantable)),
		batching:  together,
		writer:    policy.NewWriter(together, policy.Options{Retry: policy.ProviderRetry(), Timeout: Patience}),
	}, nil
}

// connected is the connection, which the first caller makes.
func (c *Client) connected() (*connection, error) {
	if c.pending != "" {
		return nil, &PendingError{c.pending}
	}
	return c.connect()
}

// Policy returns the policy of a resource, from the one read that this client makes of it. It is
// shared: never modify it.
func (c *Client) Policy(ctx context.Context, resource string) (*policy.Policy, error) {
	conn, err := c.connected()
	if err != nil {
		return nil, err
	}
	return conn.policies.get(ctx, resource)
}

// Ancestors returns the folders and the organization above a resource, the nearest first, as far as
// they are known. The error says why the organization was not reached.
func (c *Client) Ancestors(ctx context.Context, resource string) ([]*Ancestor, error) {
	conn, err := c.connected()
	if err != nil {
		return nil, err
	}
	return conn.ancestors.above(ctx, resource)
}

// Role returns what IAM says of a role. Where IAM does not tell, only the role's name is known, and
// the error says why.
func (c *Client) Role(ctx context.Context, name string) (iamrole.Role, error) {
	conn, err := c.connected()
	if err != nil {
		return iamrole.Role{Name: name}, err
	}
	role, err := conn.roles.get(ctx, name)
	if err != nil {
		tflog.Debug(ctx, "not looking at what the role holds", map[string]any{"role": name, "error": err.Error()})
		return iamrole.Role{Name: name}, unauthorized(err)
	}
	return role, nil
}

// Grantable returns the names of the roles that can be granted on a resource.
func (c *Client) Grantable(ctx context.Context, resource string) ([]string, error) {
	conn, err := c.connected()
	if err != nil {
		return nil, err
	}
	return conn.grantable.get(ctx, resource)
}

// Modify makes a change to the policy of a resource, see [policy.Writer.Modify].
func (c *Client) Modify(ctx context.Context, resource string, change policy.Change) (policy.Outcome, error) {
	conn, err := c.connected()
	if err != nil {
		return policy.Outcome{}, err
	}
	defer conn.batching.begin(resource)()
	outcome, err := conn.writer.Modify(ctx, resource, change)
	conn.policies.wrote(resource, outcome.Policy)
	return outcome, err
}

// CredentialsError says that Google cannot be reached as anybody.
type CredentialsError struct{ Err error }

func (e *CredentialsError) Error() string { return fmt.Sprintf("finding credentials: %v", e.Err) }

// Unwrap returns the cause.
func (e *CredentialsError) Unwrap() error { return e.Err }

// PendingError says that an attribute of the provider is not known yet.
type PendingError struct{ Attribute string }

func (e *PendingError) Error() string {
	return fmt.Sprintf("%s of the provider is not known yet", e.Attribute)
}
