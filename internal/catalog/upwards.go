package catalog

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// Where many groups are named, as on the overview of a large organization, asking each of them
// would use up the quota of the Directory, which every instance shares. Then a person's groups are
// found upwards from the person, who is in fewer.
const (
	// mostGroupsAsked is how many groups are asked one by one where the quota does not matter.
	mostGroupsAsked = 64
	// fewestGroupsAsked are asked one by one however small the quota is: finding them upwards would
	// cost as much, a call for each of the person's groups and one more.
	fewestGroupsAsked = 10
	// homesAMinute is how many overviews a minute the share of the quota has to carry at least.
	homesAMinute = 6
	// maxCustomerGroupsAge is how long groups are known to belong to the customer.
	maxCustomerGroupsAge = time.Hour
)

// maxGroupsAsked is how many groups are asked one by one at present.
func (c *Catalog) maxGroupsAsked() int {
	if c.directoryShare == nil {
		return mostGroupsAsked
	}
	return groupsAskedWithin(c.directoryShare())
}

// groupsAskedWithin is how many groups one overview may ask one by one, so that a share of so many
// calls a minute carries a few overviews.
func groupsAskedWithin(share int) int {
	return min(max(share/homesAMinute, fewestGroupsAsked), mostGroupsAsked)
}

// askUpwards is askGroups for many groups: it finds the person's groups upwards. That proves who is
// a member, and who is not only where a group is known to be the customer's: any other one is
// asked. The known ones come from an hour's memory, and a list beside the climb fills it.
//
// Where the Directory does not list all groups of the person, each one is asked.
func (c *Catalog) askUpwards(ctx context.Context, person eligibility.Person, groups []string) error {
	var theirs []string
	var climbed error
	var calls errgroup.Group
	calls.Go(func() error {
		theirs, climbed = c.climb(ctx, person.Email)
		return nil
	})
	calls.Go(func() error {
		return c.askEach(ctx, person, c.othersThanCustomers(ctx, groups))
	})
	if err := calls.Wait(); err != nil {
		return err
	}
	if upstream.AsThrottled(climbed) != nil {
		return climbed
	}
	for _, group := range groups {
		_, found := slices.BinarySearch(theirs, group)
		switch {
		case found:
			person.Groups[group] = eligibility.Member
			delete(person.Causes, group)
		case climbed == nil && person.Groups[group] == eligibility.NotAsked:
			person.Groups[group] = eligibility.NotMember
		}
	}
	return c.askEach(ctx, person, notAsked(person, groups))
}

// confirmGroups is askGroups for those who act. What was found upwards is asked then, because it is
// found by a search that may be an hour late or more:
// developers.google.com/workspace/admin/directory/v1/guides/search-groups.
func (c *Catalog) confirmGroups(ctx context.Context, person eligibility.Person, groups []string) error {
	groups = notAsked(person, groups)
	if err := c.askGroups(ctx, person, groups); err != nil || len(groups) <= c.maxGroupsAsked() {
		return err
	}
	var found []string
	for _, group := range groups {
		if person.Groups[group] == eligibility.Member {
			found = append(found, group)
			delete(person.Groups, group)
		}
	}
	return c.askEach(ctx, person, found)
}

func (c *Catalog) climb(ctx context.Context, email string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	return c.memberships.GroupsOf(ctx, email)
}

// othersThanCustomers are those of the groups that are not known to be the customer's.
func (c *Catalog) othersThanCustomers(ctx context.Context, groups []string) []string {
	known, err := c.customerGroups.Get(quota.Shared(ctx), c.scope, c.listCustomerGroups)
	if err != nil {
		return groups
	}
	return slices.DeleteFunc(slices.Clone(groups), func(group string) bool {
		_, found := slices.BinarySearch(known, group)
		return found
	})
}

// listCustomerGroups lists for as long as one group may take to be asked. What it has by then is
// kept, because no more is claimed than that these are the customer's.
func (c *Catalog) listCustomerGroups(ctx context.Context) ([]string, error) {
	within, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	known, err := c.memberships.CustomerGroups(within)
	if len(known) > 0 && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		return known, nil
	}
	return known, err
}
