package web

import (
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// home shows what is active and what could be. The parameters of links made
// for JIT Access 1.8.1 lead on to the pages that they mean.
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
	s.noteUnreadable(r, v, overview.Unreadable)
	page := s.models(v).home(overview)
	v.fruitless = len(overview.Projects) == 0
	page.Search = view.Search{Words: query.Get(view.SearchWords), Constraint: view.Constraint(query.Get(view.SearchConstraint))}
	s.render(w, r, v, http.StatusOK, view.Home(s.layout(v, view.PartAccess), page))
	return nil
}
