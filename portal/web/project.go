package web

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// project shows the roles of one project.
func (s *site) project(w http.ResponseWriter, r *http.Request, v *visit) error {
	standing, err := s.standing(r, v)
	if err != nil {
		return err
	}
	s.render(w, r, v, http.StatusOK, view.Project(s.layout(v, view.PartAccess), s.projectPage(standing, v)))
	return nil
}

// standing is what the person may do on the project of the address. A project
// that nobody could name is nobody's.
func (s *site) standing(r *http.Request, v *visit) (eligibility.Standing, error) {
	project := r.PathValue("project")
	if !activation.ValidProject(project) {
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
