package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// groupTimeout bounds the calls about one group, so that one that hangs does not hold up the whole
// request.
const groupTimeout = 5 * time.Second

// callsBesideGroups are those of a project's page that are not about groups.
const callsBesideGroups = 4

// unlessFewCallsLeft returns a function that replaces ErrNotYours for those who could not have had
// as many groups asked as a project may name, when the page began. Whether there is a project that
// names groups would be told otherwise by whether its page is held back. It marks what it returns,
// and what was held back once the policy had been asked for, because both have to be as late.
func (c *Catalog) unlessFewCallsLeft(ctx context.Context) func(asked bool, err *error) {
	few := upstream.AsThrottled(quota.CheckRoom(ctx, quota.Directory, c.maxGroupsAsked()+callsBesideGroups))
	return func(asked bool, err *error) {
		if few == nil || !errors.Is(*err, upstream.ErrNotYours) && !(asked && upstream.AsThrottled(*err) != nil) {
			return
		}
		few.StandsIn = true
		*err = few
	}
}

// askGroups finds out, for the groups that were not asked in this request, whether the person is in
// them, and adds the results to the person's. A group that cannot be read becomes Unreadable, with
// its cause. The error is that of ctx, or an *upstream.Throttled.
func (c *Catalog) askGroups(ctx context.Context, person eligibility.Person, groups []string) error {
	groups = notAsked(person, groups)
	if len(groups) > c.maxGroupsAsked() {
		return c.askUpwards(ctx, person, groups)
	}
	return c.askEach(ctx, person, groups)
}

// askEach asks groups one by one, all at once.
func (c *Catalog) askEach(ctx context.Context, person eligibility.Person, groups []string) error {
	if err := quota.Reserve(ctx, quota.Directory, len(groups)); err != nil {
		return err
	}
	memberships, causes := make([]eligibility.Membership, len(groups)), make([]error, len(groups))
	var calls errgroup.Group
	calls.SetLimit(maxParallel)
	for i, group := range groups {
		calls.Go(func() error {
			memberships[i], causes[i] = c.membership(ctx, group, person.Email)
			if upstream.AsThrottled(causes[i]) != nil {
				return causes[i]
			}
			return nil
		})
	}
	err := calls.Wait()
	if ctx.Err() != nil && len(groups) > 0 {
		return fmt.Errorf("asking %d groups for a member: %w", len(groups), ctx.Err())
	}
	if err != nil {
		return err
	}
	for i, group := range groups {
		person.Groups[group] = memberships[i]
		if causes[i] != nil {
			person.Causes[group] = causes[i]
		}
	}
	return nil
}

func (c *Catalog) membership(ctx context.Context, group, email string) (eligibility.Membership, error) {
	ctx, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	member, err := c.memberships.HasMember(ctx, group, email)
	switch {
	case err != nil:
		return eligibility.Unreadable, err
	case member:
		return eligibility.Member, nil
	}
	return eligibility.NotMember, nil
}

// notAsked returns each group once, without those that are known already.
func notAsked(person eligibility.Person, groups []string) []string {
	var left []string
	seen := map[string]bool{}
	for _, group := range groups {
		if person.Groups[group] == eligibility.NotAsked && !seen[group] {
			seen[group] = true
			left = append(left, group)
		}
	}
	return left
}
