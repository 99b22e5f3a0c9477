package testbed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Visitor is a person with a browser without script: it follows redirects, keeps cookies and sends
// forms as they stand on the page.
type Visitor struct {
	client *http.Client
	base   string
	Email  string
}

// Page is what a visitor sees.
type Page struct {
	*goquery.Document
	Status  int
	Address *url.URL
	Header  http.Header
}

// Heading is the page's first sentence.
func (p *Page) Heading() string { return words(p.Find("h1").Text()) }

// Text is all words of what a selector finds.
func (p *Page) Text(selector string) string { return words(p.Find(selector).Text()) }

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// SignIn opens the portal behind the proxy at base and chooses a person on the stand-in's sign-in
// page.
func SignIn(ctx context.Context, base, email string) (*Visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &Visitor{client: &http.Client{Jar: jar}, base: base, Email: email}
	page, err := v.Open(ctx, "/health/alive") // any address asks who is there
	if err != nil {
		return nil, err
	}
	if page.Find("form").Length() == 0 {
		return nil, errors.New("signing in: no sign-in page was shown")
	}
	_, err = v.Send(ctx, page, "form", url.Values{"email": {email}})
	return v, err
}

// Open gets an address of the portal.
func (v *Visitor) Open(ctx context.Context, address string) (*Page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.absolute(address), nil)
	if err != nil {
		return nil, err
	}
	return v.do(request)
}

// Send sends the form that a selector finds on a page, with its fields as they stand and those that
// are filled in.
func (v *Visitor) Send(ctx context.Context, p *Page, selector string, filled url.Values) (*Page, error) {
	form := p.Find(selector).First()
	if form.Length() == 0 {
		return nil, fmt.Errorf("the page %q has no form %s", p.Heading(), selector)
	}
	action, err := p.Address.Parse(form.AttrOr("action", ""))
	if err != nil {
		return nil, fmt.Errorf("reading the form's action: %w", err)
	}
	fields := Fields(form)
	for name, values := range filled {
		fields[name] = values
	}
	if !strings.EqualFold(form.AttrOr("method", "get"), "post") {
		action.RawQuery = fields.Encode()
		return v.Open(ctx, action.String())
	}
	return v.Post(ctx, action.String(), fields)
}

// Fields are the fields of a form as they stand: hidden and text ones, and what is checked.
func Fields(form *goquery.Selection) url.Values {
	fields := url.Values{}
	form.Find("input[name]").Each(func(_ int, input *goquery.Selection) {
		kind := input.AttrOr("type", "text")
		if _, checked := input.Attr("checked"); (kind == "radio" || kind == "checkbox") && !checked {
			return
		}
		fields.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
	})
	return fields
}

// Post sends fields to an address of the portal, as a form of its own does.
func (v *Visitor) Post(ctx context.Context, address string, fields url.Values) (*Page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.absolute(address), strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(request)
}

func (v *Visitor) absolute(address string) string {
	if strings.HasPrefix(address, "/") {
		return v.base + address
	}
	return address
}

// maxPage bounds what is read of a page.
const maxPage = 8 << 20

func (v *Visitor) do(r *http.Request) (*Page, error) {
	response, err := v.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	document, err := goquery.NewDocumentFromReader(io.LimitReader(response.Body, maxPage))
	if err != nil {
		return nil, fmt.Errorf("reading the page at %s: %w", response.Request.URL.Path, err)
	}
	return &Page{Document: document, Status: response.StatusCode, Address: response.Request.URL, Header: response.Header}, nil
}
