// Package directory knows who is in which group of Google Workspace or Cloud Identity, through
// groups within groups too.
//
// It asks each time and keeps nothing. An answer is yes or no only if Google said so to the end: a
// group that cannot be read, a list that breaks off and a quota that ran out are errors, never a
// no.
package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sethvargo/go-retry"
	admin "google.golang.org/api/admin/directory/v1"
)

// ErrUnreadable says that the members of the group cannot be read: there is no such group, or
// nobody allowed us to read it. It wraps Google's error.
var ErrUnreadable = errors.New("the group cannot be read")

// Directory asks the Admin SDK's Directory API. It is safe for concurrent use.
type Directory struct {
	members  *admin.MembersService
	groups   *admin.GroupsService
	customer string
	backoff  func() retry.Backoff
}

// New returns a directory that asks by s, which needs the scope admin.directory.group.readonly and
// may read the groups asked for. The customer, such as "C01example", is whose groups GroupsOf
// knows; "" is the one that the caller belongs to.
func New(s *admin.Service, customer string) *Directory {
	return &Directory{members: s.Members, groups: s.Groups, customer: cmp.Or(customer, "my_customer"), backoff: callBackoff}
}

// HasMember tells whether email is in group, directly or by a group within it.
//
// Google answers that in one call for people of the group's own domain. For others it knows direct
// members at best, so that the list of all members is read beside it, to the last page; one yes is
// enough. Where Google refuses the question as one about an outsider, the list alone decides.
//
// Calls that fail for the moment are tried again. The error is ErrUnreadable when Google answers
// 403 or 404 for the group.
func (d *Directory) HasMember(ctx context.Context, group, email string) (bool, error) {
	group, email = strings.ToLower(group), strings.ToLower(email)
	found, err := d.isMember(ctx, group, email)
	if err != nil {
		return false, fmt.Errorf("reading the members of %s: %w", group, markUnreadable(err))
	}
	return found, nil
}

func (d *Directory) isMember(ctx context.Context, group, email string) (bool, error) {
	if domain(group) != domain(email) {
		return d.askAndList(ctx, group, email)
	}
	found, err := d.hasMember(ctx, group, email)
	if isOutsider(err) {
		return d.isListed(ctx, group, email)
	}
	return found, err
}

type result struct {
	found bool
	err   error
}

// askAndList returns at the first yes. Without one, both must have said no.
func (d *Directory) askAndList(ctx context.Context, group, email string) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan result, 2)
	go func() {
		found, err := d.hasMember(ctx, group, email)
		if isOutsider(err) {
			err = nil // the list decides
		}
		results <- result{found, err}
	}()
	go func() {
		found, err := d.isListed(ctx, group, email)
		results <- result{found, err}
	}()
	var failure error
	for range cap(results) {
		r := <-results
		if r.found {
			return true, nil
		}
		if failure == nil {
			failure = r.err
		}
	}
	return false, failure
}

func (d *Directory) hasMember(ctx context.Context, group, email string) (bool, error) {
	response, err := withRetry(ctx, d.backoff(), func(ctx context.Context) (*admin.MembersHasMember, error) {
		return d.members.HasMember(group, email).Context(ctx).Do()
	})
	if err != nil {
		return false, err
	}
	return response.IsMember, nil
}

const pageSize = 200 // the most that members.list gives

// isListed looks for email among the members, those of nested groups included.
func (d *Directory) isListed(ctx context.Context, group, email string) (found bool, err error) {
	err = d.readPages(ctx, group, func(members []*admin.Member) (more bool) {
		found = slices.ContainsFunc(members, func(m *admin.Member) bool { return isPerson(m) && strings.EqualFold(m.Email, email) })
		return !found
	})
	return found, err
}

// ListMembers returns the people of a group, those of groups within it included, in lower case,
// sorted and each once. People who are suspended, groups, and whole customers are left out. Errors
// are those of HasMember.
func (d *Directory) ListMembers(ctx context.Context, group string) ([]string, error) {
	group = strings.ToLower(group)
	var people []string
	err := d.readPages(ctx, group, func(members []*admin.Member) (more bool) {
		for _, m := range members {
			if isPerson(m) && m.Email != "" && (m.Status == "" || m.Status == "ACTIVE") {
				people = append(people, strings.ToLower(m.Email))
			}
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("reading the members of %s: %w", group, markUnreadable(err))
	}
	slices.Sort(people)
	return slices.Compact(people), nil
}

// readPages hands out the members of a group, nested ones included, page by page until the last or
// until there is enough.
func (d *Directory) readPages(ctx context.Context, group string, take func([]*admin.Member) (more bool)) error {
	list := d.members.List(group).IncludeDerivedMembership(true).MaxResults(pageSize).Fields("nextPageToken", "members(email,type,status)")
	for page := ""; ; {
		members, err := withRetry(ctx, d.backoff(), func(ctx context.Context) (*admin.Members, error) {
			return list.Context(ctx).Do()
		})
		if err != nil {
			return err
		}
		if !take(members.Members) || members.NextPageToken == "" {
			return nil
		}
		if members.NextPageToken == page {
			return errors.New("the list of members does not end")
		}
		page = members.NextPageToken
		list.PageToken(page)
	}
}

// isPerson leaves out groups and whole customers: who is in those is listed too.
func isPerson(m *admin.Member) bool { return m != nil && m.Type != "GROUP" && m.Type != "CUSTOMER" }

func domain(email string) string { return email[strings.LastIndexByte(email, '@')+1:] }
