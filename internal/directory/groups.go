package directory

import (
	"context"
	"errors"
	"fmt"
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
	// maxCustomerPages bounds one CustomerGroups: ten thousand groups.
	maxCustomerPages = 50
)

// GroupsOf returns the addresses of the customer's groups that somebody is in, directly or by a
// group within it: aliases too, lower-case, sorted, each once. It takes one step for each level of
// nesting, and one call for each group that it finds and for each further page, so that it suits a
// caller that would have to ask many more groups for a member.
//
// Of other customers' groups it knows nothing, and neither does it follow them into the customer's.
// A group that has everybody of the customer as one member is not found either.
//
// It is complete or an error, also for somebody in more than a thousand groups.
func (d *Directory) GroupsOf(ctx context.Context, email string) ([]string, error) {
	found := map[string]bool{}
	var all []string
	for level := []string{strings.ToLower(email)}; len(level) > 0; {
		above, err := d.groupsAbove(ctx, level)
		if err != nil {
			return nil, fmt.Errorf("finding the groups of %s: %w", email, err)
		}
		level = nil
		for _, group := range above {
			if name := strings.ToLower(group.Email); !found[name] {
				found[name] = true
				level = append(level, name)
				all = append(all, addresses(group)...)
			}
		}
		if len(found) > maxGroups {
			return nil, fmt.Errorf("finding the groups of %s: more than %d", email, maxGroups)
		}
	}
	return sortedOnce(all), nil
}

// CustomerGroups returns the addresses of the customer's groups: aliases too, lower-case, sorted,
// each once. It takes one step for each two hundred groups. It stops after ten thousand, and with
// an error it returns those that were read until then: what it returns is the customer's, what it
// does not return may be.
func (d *Directory) CustomerGroups(ctx context.Context) ([]string, error) {
	var all []string
	pages := 0
	err := d.readGroups(ctx, "", func(groups []*admin.Group) (more bool) {
		for _, group := range groups {
			all = append(all, addresses(group)...)
		}
		pages++
		return pages < maxCustomerPages
	})
	if err != nil {
		err = fmt.Errorf("listing the customer's groups: %w", err)
	}
	return sortedOnce(all), err
}

// groupsAbove are the groups that have any of the members directly. One can be there twice.
func (d *Directory) groupsAbove(ctx context.Context, members []string) ([]*admin.Group, error) {
	lists := make([][]*admin.Group, len(members))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(maxParallelLists)
	for i, member := range members {
		calls.Go(func() error {
			query := "memberKey=" + strings.ReplaceAll(member, "'", `\'`) // a quote has a meaning in queries
			return d.readGroups(ctx, query, func(groups []*admin.Group) (more bool) {
				lists[i] = append(lists[i], groups...)
				return true
			})
		})
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(lists...), nil
}

// readGroups hands out the customer's groups that match a query, page by page until the last or
// until there is enough. All groups match no query.
func (d *Directory) readGroups(ctx context.Context, query string, take func([]*admin.Group) (more bool)) error {
	list := d.groups.List().Customer(d.customer).MaxResults(pageSize).Fields("nextPageToken", "groups(email,aliases,nonEditableAliases)")
	if query != "" {
		list.Query(query)
	}
	for page := ""; ; {
		groups, err := withRetry(ctx, d.backoff(), func(ctx context.Context) (*admin.Groups, error) { return list.Context(ctx).Do() })
		if err != nil {
			return err
		}
		if !take(slices.DeleteFunc(groups.Groups, isNoGroup)) || groups.NextPageToken == "" {
			return nil
		}
		if groups.NextPageToken == page {
			return errors.New("the list of groups does not end")
		}
		page = groups.NextPageToken
		list.PageToken(page)
	}
}

// isNoGroup leaves out what has no address to be asked for.
func isNoGroup(g *admin.Group) bool { return g == nil || g.Email == "" }

// addresses are all that a group can be named by, in lower case.
func addresses(g *admin.Group) []string {
	all := slices.Concat([]string{g.Email}, g.Aliases, g.NonEditableAliases)
	for i, address := range all {
		all[i] = strings.ToLower(address)
	}
	return all
}

func sortedOnce(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}
