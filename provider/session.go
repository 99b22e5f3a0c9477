package provider

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/iam/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/hierarchy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	resourceManagerHost = "cloudresourcemanager.googleapis.com"
	iamHost             = "iam.googleapis.com"
	cloudPlatformScope  = "https://www.googleapis.com/auth/cloud-platform"
	// patience bounds one write with its repetitions: Terraform would rather
	// wait than fail while others change the policy.
	patience = 5 * time.Minute
)

// session is one configured provider. It connects when a policy is first read
// or written, so that a configuration can be validated without credentials.
type session struct {
	// pending names the provider's attribute whose value is not known yet, or
	// is "": only the apply can connect then.
	pending string
	// portalProject is the project of the portal, or "" where that is not known.
	portalProject string
	told          told
	intended      intended
	connect       func() (*connection, error)
}

// connection reads and writes policies, and asks about what they name.
type connection struct {
	reads     *reads
	ancestors *ancestors
	roles     *shared[iamrole.Role]
	gathering *gathering
	writer    *policy.Writer
}

func newSession(pending string, c googleapi.Config) *session {
	return &session{pending: pending, connect: sync.OnceValues(func() (*connection, error) {
		return connect(c)
	})}
}

// connect looks for credentials. Its errors are *credentialsError.
func connect(c googleapi.Config) (*connection, error) {
	ctx := context.Background()
	access, err := googleapi.New(ctx, c)
	if err != nil {
		return nil, &credentialsError{err}
	}
	service, err := cloudresourcemanager.NewService(ctx, access.REST(resourceManagerHost)...)
	if err != nil {
		return nil, &credentialsError{err}
	}
	roles, err := iam.NewService(ctx, access.REST(iamHost)...)
	if err != nil {
		return nil, &credentialsError{err}
	}
	upstream := signedIn{policy.NewUpstream(service)}
	together := newGathering(upstream)
	read := newReads(policy.NewReader(upstream, policy.ProviderRetry()))
	return &connection{
		reads:     read,
		ancestors: &ancestors{parents: newShared(hierarchy.NewParents(service).Of), reads: read},
		roles:     newRoles(iamrole.NewReader(roles, nil).Describe),
		gathering: together,
		writer:    policy.NewWriter(together, policy.Options{Retry: policy.ProviderRetry(), Patience: patience}),
	}, nil
}

// connected is the connection, which the first caller makes.
func (s *session) connected() (*connection, error) {
	if s.pending != "" {
		return nil, &pendingError{s.pending}
	}
	return s.connect()
}

// read returns the policy of a resource, from the one read that this session
// makes of it.
func (s *session) read(ctx context.Context, resource string) (*policy.Policy, error) {
	c, err := s.connected()
	if err != nil {
		return nil, err
	}
	return c.reads.get(ctx, resource)
}

// above returns what stands above a resource, see ancestors.
func (s *session) above(ctx context.Context, resource string) ([]*ancestor, error) {
	c, err := s.connected()
	if err != nil {
		return nil, err
	}
	return c.ancestors.above(ctx, resource)
}

// describe returns what IAM says of a role. Where IAM does not tell, only the
// role's name is known, and the error says why.
func (s *session) describe(ctx context.Context, name string) (iamrole.Role, error) {
	c, err := s.connected()
	if err != nil {
		return iamrole.Role{Name: name}, err
	}
	role, err := c.roles.get(ctx, name)
	if err != nil {
		tflog.Debug(ctx, "not looking at what the role holds", map[string]any{"role": name, "error": err.Error()})
		return iamrole.Role{Name: name}, unauthorized(err)
	}
	return role, nil
}

// move writes a move, and returns the members that were taken over.
func (s *session) move(ctx context.Context, m move, about string) (taken []eligibility.Principal, err error) {
	c, err := s.connected()
	if err != nil {
		return nil, err
	}
	tries := attempts{move: m}
	defer c.gathering.enter(m.resource)()
	outcome, err := c.writer.Modify(ctx, m.resource, policy.Change{Apply: tries.apply, Reason: about, ID: m.role})
	c.reads.learn(m.resource, outcome.Policy)
	if err != nil {
		return nil, err
	}
	return tries.taken(outcome.Written), nil
}

// credentialsError says that Google cannot be reached as anybody.
type credentialsError struct{ cause error }

func (e *credentialsError) Error() string { return fmt.Sprintf("finding credentials: %v", e.cause) }

func (e *credentialsError) Unwrap() error { return e.cause }

// pendingError says that an attribute of the provider is not known yet.
type pendingError struct{ attribute string }

func (e *pendingError) Error() string {
	return fmt.Sprintf("%s of the provider is not known yet", e.attribute)
}
