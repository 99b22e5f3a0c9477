package web

import (
	"math"
	"net/http"
	"strconv"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

// charge says what the calls of a route are charged to.
type charge int

const (
	// toPages is for pages, which are held back before they use up what others need.
	toPages charge = iota
	// toActs is for orders, which no page holds back.
	toActs
	// toForms is for the form of an order and for the page that shows its outcome. They are part of
	// the act where the browser says that a page of the portal led here, and pages otherwise.
	toForms
	// toLinks is for the page of a request: part of the act for those whom its verified token
	// names, and kept from using up what their acts need, because other sites can open it too.
	toLinks
)

// begin admits a request and returns the budget of its calls, before anything is asked for it, so
// that a refused one costs no call of Google's. An act that is no more admitted because too many
// came to nothing may still be shown as a page.
func (s *site) begin(r *http.Request, v *visit, c charge) (*quota.Budget, error) {
	purpose := s.purposeOf(r, v, c)
	b, err := s.Quota.Begin(v.Email, purpose)
	switch {
	case err == nil || purpose != quota.Act:
		return b, err
	case c == toActs:
		return nil, &Error{Kind: KindTooManyActs, Err: err}
	}
	return s.Quota.Begin(v.Email, quota.Page)
}

// purposeOf is what a request is made for. To verify a token costs no call.
func (s *site) purposeOf(r *http.Request, v *visit, c charge) quota.Purpose {
	switch c {
	case toActs:
		return quota.Act
	case toForms:
		if r.Header.Get("Sec-Fetch-Site") == "same-origin" {
			return quota.Act
		}
	case toLinks:
		if _, err := s.redeem(r, v); err == nil {
			return quota.Link
		}
	}
	if !fromHere(r) {
		return quota.Foreign
	}
	return quota.Page
}

// wasted reports whether a request came to nothing: nothing on the page was the person's, or the
// order was refused for a reason that lies with who sent it.
func (v *visit) wasted(b *quota.Budget, w http.ResponseWriter, err error) bool {
	var kind Kind
	if err != nil {
		kind = toError(err).Kind
	}
	if p := b.Purpose(); p == quota.Page || p == quota.Foreign {
		return v.counted || kinds[kind].counted
	}
	if kind == Kind(activation.Conflict) {
		return false // others were in the way
	}
	status := kinds[kind].status
	if recorder, ok := w.(*statusWriter); ok && err == nil {
		status = recorder.status
	}
	return status >= 400 && status < 500 && status != http.StatusTooManyRequests
}

// setRetryAfter says in a response when what was held back can be tried again.
func setRetryAfter(w http.ResponseWriter, err error) {
	if held := upstream.AsThrottled(err); held != nil {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(1, held.RetryAfter.Seconds())))))
	}
}
