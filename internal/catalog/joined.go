package catalog

import (
	"context"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
)

// joinedMemberships lets the pages of one person that ask for the same membership at the same time
// share a call. It may have begun before one of them asked: nothing that is done in the portal
// changes who is in a group, and the Directory itself is minutes late. Nothing is kept.
type joinedMemberships struct {
	Memberships
	asking *memo.Cache[memberOf, bool]
}

// memberOf is a question: is somebody in a group?
type memberOf struct{ group, email string }

func (j joinedMemberships) HasMember(ctx context.Context, group, email string) (bool, error) {
	return j.asking.Get(ctx, memberOf{group, email}, func(ctx context.Context) (bool, error) {
		return j.Memberships.HasMember(ctx, group, email)
	})
}

// forActs is the catalog for those who act: every membership is asked for by themselves.
func (c *Catalog) forActs() *Catalog {
	acts := *c
	if joined, ok := c.memberships.(joinedMemberships); ok {
		acts.memberships = joined.Memberships
	}
	return &acts
}
