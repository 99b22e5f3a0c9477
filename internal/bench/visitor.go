package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// visitor is a person who sends requests to the portal directly, with an assertion of the proxy, so
// that the proxy's time is not measured. Redirects are not followed, so that each request is
// measured alone.
type visitor struct {
	client    *http.Client
	base      string
	assertion string
}

func newVisitor(proxy *iap.Proxy, p *testbed.Portal, email string) (*visitor, error) {
	assertion, err := proxy.Assertion(proxy.Claims(email))
	if err != nil {
		return nil, err
	}
	return &visitor{
		client: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		base: "http://" + p.Address(), assertion: assertion,
	}, nil
}

// get asks for a page and returns it with how long it took.
func (v *visitor) get(ctx context.Context, address string) (string, time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+address, nil)
	if err != nil {
		return "", 0, err
	}
	_, page, took, err := v.do(request, http.StatusOK)
	return page, took, err
}

// post sends a form that ends in a redirect.
func (v *visitor) post(ctx context.Context, address string, fields url.Values) (time.Duration, error) {
	_, took, err := v.submit(ctx, address, fields)
	return took, err
}

// submit sends a form and returns where the redirect leads.
func (v *visitor) submit(ctx context.Context, address string, fields url.Values) (string, time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+address, strings.NewReader(fields.Encode()))
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	header, _, took, err := v.do(request, http.StatusSeeOther)
	if err != nil {
		return "", took, err
	}
	return header.Get("Location"), took, nil
}

// do sends a request and returns the header and the body of the response.
func (v *visitor) do(r *http.Request, want int) (http.Header, string, time.Duration, error) {
	r.Header.Set("X-Goog-Iap-Jwt-Assertion", v.assertion)
	began := time.Now()
	response, err := v.client.Do(r)
	if err != nil {
		return nil, "", 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	took := time.Since(began)
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("%s %s: got %s, want %d:\n%s", r.Method, r.URL.Path, response.Status, want, body)
	}
	return response.Header, string(body), took, err
}

// fillActivation returns the filled in form that activates the first n roles of the project.
func (v *visitor) fillActivation(ctx context.Context, n int) (url.Values, error) {
	page, _, err := v.get(ctx, projectPage)
	if err != nil {
		return nil, err
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	for _, box := range document.Find("form[method=get] input[name=role]").EachIter() {
		if len(query["role"]) < n {
			query.Add("role", box.AttrOr("value", ""))
		}
	}
	if len(query["role"]) < n {
		return nil, errors.New("the project's page offers too few roles")
	}
	page, _, err = v.get(ctx, activatePage+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	if document, err = goquery.NewDocumentFromReader(strings.NewReader(page)); err != nil {
		return nil, err
	}
	fields := testbed.Fields(document.Find("form[method=post]"))
	fields.Set("justification", "CASE-1041 the disk is full")
	fields.Set("duration", "30m")
	return fields, nil
}

const (
	homePage     = "/"
	projectPage  = "/projects/" + project
	activatePage = projectPage + "/activate"
)
