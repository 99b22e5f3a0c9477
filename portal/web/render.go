package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/a-h/templ"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// layout is the model of the frame around a page.
func (s *site) layout(v *visit, part view.Part) view.Layout {
	return view.Layout{
		Person: v.Email, Domain: v.domain, Part: part, RequestID: v.Request, Version: s.Version, LostForm: v.lostForm,
		Assets: view.Assets{
			Stylesheet: static.Asset(static.Stylesheet),
			Script:     static.Asset(static.Script),
			Icons:      static.Asset(static.Icons),
		},
	}
}

const (
	// pageSize is the capacity of a page's buffer in bytes, enough for most pages.
	pageSize = 24 << 10
	// maxKeptPage bounds the buffers that are kept for other pages.
	maxKeptPage = 256 << 10
)

// buffers are those of pages that have been sent.
var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, pageSize)) }}

// render renders a page into a buffer before it sends the first byte, so that a page that fails
// half-way becomes an error instead. A page whose time is over is rendered all the same: everything
// for it is there.
func (s *site) render(w http.ResponseWriter, r *http.Request, v *visit, status int, page templ.Component) {
	body := buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // there are no others
	defer func() {
		if body.Cap() <= maxKeptPage {
			body.Reset()
			buffers.Put(body)
		}
	}()
	if err := page.Render(context.WithoutCancel(r.Context()), body); err != nil {
		s.Log.ErrorContext(r.Context(), "rendering a page", slog.String("request", v.Request), slog.Any("error", err))
		http.Error(w, "The portal could not make this page. Its request number is "+v.Request+".", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // fails only if the browser has left
}

// seeOther redirects with 303, so that reloading the page after a form does not send the form
// again.
func seeOther(w http.ResponseWriter, r *http.Request, address string) error {
	http.Redirect(w, r, address, http.StatusSeeOther) //nolint:gosec // addresses are made in address.go, of our own routes
	return nil
}
