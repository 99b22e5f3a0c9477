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

// project shows the roles of one project, and leads administrators to who has
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

// linkPatience bounds what a page waits for because of a link alone.
const linkPatience = time.Second

// administers finds out whether the person administers the portal, beside
// whatever else is done. What it returns waits for the answer, and has to be
// called: nothing outlives its request. What is not known in time is no.
func (s *site) administers(r *http.Request, v *visit) (answer func() bool) {
	ctx, cancel := context.WithTimeout(r.Context(), linkPatience)
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

// access is what the person may do on the project of the address.
func (s *site) projectAccess(r *http.Request, v *visit) (eligibility.ProjectAccess, error) {
	access, err := s.Access.ProjectAccess(r.Context(), v.Email, r.PathValue("project"))
	s.noteUnreadable(r, v, access.Unreadable)
	return access, err
}

// noteUnreadable tells administrators which groups a page could not read: the
// page only says how many.
func (s *site) noteUnreadable(r *http.Request, v *visit, groups []string) {
	if len(groups) > 0 {
		s.Log.WarnContext(r.Context(), "The members of these groups could not be read: if it goes on, see whether the portal's service account may read groups",
			slog.String("request", v.Request), slog.Any("groups", groups))
	}
}

// noteRole tells administrators of a role that IAM does not describe: the page
// only lacks what it lets its holder do.
func (s *site) noteRole(r *http.Request, v *visit, role string, err error) {
	if err != nil {
		s.Log.WarnContext(r.Context(), "A role could not be described", slog.String("request", v.Request), slog.String("role", role), slog.Any("error", err))
	}
}
