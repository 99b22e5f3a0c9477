package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	admin "google.golang.org/api/admin/directory/v1"
)

const (
	// maxGroups is how many groups one person can be in here.
	maxGroups = 1000
	// maxParallelLists bounds the parallel calls of one GroupsOf.
	maxParallelLists = 64
)

// GroupsOf returns the groups of the customer that somebody is in, directly or by a group within
// it: lower-case, sorted, each once. It takes one step for each level of nesting, and one call for
// each group that it finds and for each further page, so that it suits a caller that would have to
// ask many more groups for a member. Unlike HasMember it knows no groups of other customers.
//
// It is complete or an error, also for somebody in more than a thousand groups.
func (d *Directory) GroupsOf(ctx context.Context, email string) ([]string, error) {
	found := map[string]bool{}
	for level := []string{strings.ToLower(email)}; len(level) > 0; {
		above, err := d.groupsAbove(ctx, level)
		if err != nil {
			return nil, fmt.Errorf("finding the groups of %s: %w", email, err)
		}
		level = slices.DeleteFunc(above, func(group string) bool { return found[group] })
		for _, group := range level {
			found[group] = true
		}
		if len(found) > maxGroups {
			return nil, fmt.Errorf("finding the groups of %s: more than %d", email, maxGroups)
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// groupsAbove are the groups that have any of the members directly, each once.
func (d *Directory) groupsAbove(ctx context.Context, members []string) ([]string, error) {
	lists := make([][]string, len(members))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(maxParallelLists)
	for i, member := range members {
		calls.Go(func() (err error) {
			lists[i], err = d.groupsWith(ctx, member)
			return err
		})
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	all := slices.Sorted(slices.Values(slices.Concat(lists...)))
	return slices.Compact(all), nil
}

// groupsWith are the groups that have one member directly, to the last page.
func (d *Directory) groupsWith(ctx context.Context, member string) ([]string, error) {
	var all []string
	list := d.groups.List().Customer(d.customer).Query("memberKey="+member).MaxResults(pageSize).Fields("nextPageToken", "groups(email)")
	for page := ""; ; {
		groups, err := withRetry(ctx, d.backoff(), func(ctx context.Context) (*admin.Groups, error) { return list.Context(ctx).Do() })
		if err != nil {
			return nil, err
		}
		for _, g := range groups.Groups {
			all = append(all, strings.ToLower(g.Email))
		}
		if groups.NextPageToken == "" {
			return all, nil
		}
		if groups.NextPageToken == page {
			return nil, errors.New("the list of groups does not end")
		}
		page = groups.NextPageToken
		list.PageToken(page)
	}
}
