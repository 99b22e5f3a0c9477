package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// project shows the roles of one project, and to administrators a link to the list of who has
// access to it.
func (s *site) project(w http.ResponseWriter, r *http.Request, v *visit) error {
	administers := s.administers(r, v)
	defer administers()
	access, err := s.projectAccess(r, v)
	if err != nil {
		return err
	}
	page := s.models(v).project(access)
	if administers() {
		page.HoldingsLink = holdingsAddress(access.Project)
	}
	s.render(w, r, v, http.StatusOK, view.Project(s.layout(v, view.PartAccess), page))
	return nil
}

// linkTimeout bounds how long a page waits for the decision whether to show a link.
const linkTimeout = time.Second

// administers starts to find out whether the person administers the portal, while the page reads
// what it shows. The function that it returns waits for the result, and has to be called, so that
// no goroutine outlives its request. An error or a timeout means no: the page then lacks a link,
// and nothing else.
func (s *site) administers(r *http.Request, v *visit) (result func() bool) {
	ctx, cancel := context.WithTimeout(r.Context(), linkTimeout)
	var included bool
	var asking sync.WaitGroup
	asking.Go(func() {
		defer cancel()
		included, _ = s.Revoker.Administers(ctx, v.Email)
	})
	return func() bool {
		asking.Wait()
		return included
	}
}

// projectAccess reads what the person may do on the project of the address.
func (s *site) projectAccess(r *http.Request, v *visit) (eligibility.ProjectAccess, error) {
	access, err := s.Access.ProjectAccess(r.Context(), v.Email, r.PathValue("project"))
	s.logUnreadable(r, v, access.Unreadable)
	return access, err
}

// logUnreadable names the groups that a page could not read. The page only says how many they are,
// because their names are for administrators.
func (s *site) logUnreadable(r *http.Request, v *visit, groups []string) {
	if len(groups) > 0 {
		s.Log.WarnContext(r.Context(), "The members of these groups could not be read: if it goes on, see whether the portal's service account may read groups",
			slog.String("request", v.Request), slog.Any("groups", groups))
	}
}

// logRoleError names a role that IAM does not describe. The page is shown without the role's
// permissions.
func (s *site) logRoleError(r *http.Request, v *visit, role string, err error) {
	if err != nil {
		s.Log.WarnContext(r.Context(), "A role could not be described", slog.String("request", v.Request), slog.String("role", role), slog.Any("error", err))
	}
}
