package web

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
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
	standing, err := s.standing(r, v)
	if err != nil {
		return err
	}
	page := s.projectPage(standing, v)
	if administers() {
		page.HoldingsLink = holdingsAddress(standing.Project)
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
		included, _ = s.Desk.Administers(ctx, v.Email)
	})
	return func() bool {
		asking.Wait()
		return included
	}
}

// standing is what the person may do on the project of the address. A project
// that nobody could name is nobody's.
func (s *site) standing(r *http.Request, v *visit) (eligibility.Standing, error) {
	project := r.PathValue("project")
	if !eligibility.ProjectCanExist(project) {
		return eligibility.Standing{}, &Error{Kind: KindNotYours}
	}
	standing, err := s.Catalog.Standing(r.Context(), v.Email, project)
	s.noteUnreadable(r, v, standing.Unreadable)
	return standing, err
}

// union is the names of two lists, each once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// noteUnreadable tells administrators which groups a page could not read: the
// page only says how many.
func (s *site) noteUnreadable(r *http.Request, v *visit, groups []string) {
	if len(groups) > 0 {
		s.Log.WarnContext(r.Context(), "The members of these groups could not be read: if it goes on, see whether the portal's service account may read groups",
			slog.String("request", v.Request), slog.Any("groups", groups))
	}
}
