package web

import (
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// home shows what a person has active and what they could activate. It redirects links in the form
// of JIT Access 1.8.1, whose parameters name a request or a project.
func (s *site) home(w http.ResponseWriter, r *http.Request, v *visit) error {
	query := r.URL.Query()
	if query.Has("activation") {
		token, err := request.Reveal(query.Get("activation"))
		if err != nil {
			return &Error{Kind: KindBadLink, Err: err}
		}
		return seeOther(w, r, requestAddress(token))
	}
	if project := query.Get("projectId"); project != "" {
		return seeOther(w, r, projectAddress(project))
	}
	overview, err := s.Access.Overview(r.Context(), v.Email)
	if err != nil {
		return err
	}
	s.logUnreadable(r, v, overview.Unreadable)
	v.counted = len(overview.Projects) == 0
	page := s.models(v).home(overview)
	page.Search = view.Search{Words: query.Get(view.SearchWords), Constraint: view.Constraint(query.Get(view.SearchConstraint))}
	s.render(w, r, v, http.StatusOK, view.Home(s.layout(v, view.PartAccess), page))
	return nil
}
