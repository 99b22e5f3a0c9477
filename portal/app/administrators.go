package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// memberships says who is in a group; see directory.Directory.
type memberships interface {
	HasMember(ctx context.Context, group, email string) (bool, error)
}

// groupTimeout bounds the look-up of all groups of administrators.
const groupTimeout = 5 * time.Second

// administrators are the people and groups who may revoke any activation.
type administrators struct {
	named  []eligibility.Principal
	groups memberships
}

// Include implements activation.Administrators. It looks groups up concurrently. One that cannot be
// read counts as no, with an error.
func (a administrators) Include(ctx context.Context, email string) (bool, error) {
	email = strings.ToLower(email)
	if slices.Contains(a.named, eligibility.Principal{Kind: eligibility.User, Email: email}) {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	var calls errgroup.Group
	found, problems := make([]bool, len(a.named)), make([]error, len(a.named))
	for i, p := range a.named {
		if p.Kind == eligibility.Group {
			calls.Go(func() error {
				found[i], problems[i] = a.groups.HasMember(ctx, p.Email, email)
				return nil
			})
		}
	}
	_ = calls.Wait() // problems holds each error
	return slices.Contains(found, true), errors.Join(problems...)
}

// parseAdministrators parses a list of principals, and returns what it cannot parse.
func parseAdministrators(list string) (named []eligibility.Principal, bad []string) {
	for text := range strings.SplitSeq(list, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := eligibility.ParsePrincipal(text)
		if err != nil {
			bad = append(bad, text)
			continue
		}
		named = append(named, p)
	}
	return named, bad
}
