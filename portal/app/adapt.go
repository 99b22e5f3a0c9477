package app

import (
	"context"
	"log/slog"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
)

// lookups gives the catalog to the pages and to the desk.
type lookups struct {
	*catalog.Catalog
	roles *iamrole.Reader
	log   *slog.Logger
}

// Role implements web.Catalog.
func (l lookups) Role(ctx context.Context, name string) iamrole.Role {
	role, err := l.roles.Describe(ctx, name)
	if err != nil {
		l.log.WarnContext(ctx, "A role could not be described", slog.String("role", name), slog.Any("error", err))
		return iamrole.Role{}
	}
	return role
}
