package view_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

const hostile = `'"><script>alert(1)</script><img src=x onerror=alert(1)><b>&amp;` + "\x00\r\n"

// fill sets every string in a model to a value, and gives every empty slice an element first.
func fill(v reflect.Value, value string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), value)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			fill(v.Index(i), value)
		}
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), value)
	}
}

// filled is a copy of a model with a value in every string, except those that decide which parts
// are shown.
func filled[M any](m M, value string) M {
	fill(reflect.ValueOf(&m).Elem(), value)
	return m
}

// filledPages is every page with a value in every string, in the states in which they show the
// most.
func filledPages(value string) map[string]templ.Component {
	l := filled(layout(), value)
	home := filled(homePage(), value)
	home.Search.Words, home.Search.Constraint = "", ""
	searched := filled(homePage(), value)
	open, asks, closed := filled(projectPage(), value), filled(projectPage(), value), filled(projectPage(), value)
	for i := range open.Roles {
		open.Roles[i].Closed, open.Roles[i].Constraint = "", view.SelfApproval
		asks.Roles[i].Closed, asks.Roles[i].Constraint = "", view.MultiPartyApproval
	}
	all := map[string]templ.Component{
		"home": view.Home(l, home), "search": view.Home(l, searched), "nobody": view.Home(l, view.HomePage{Now: now}),
		"project": view.Project(l, open), "peers": view.Project(l, asks), "closed": view.Project(l, closed),
		"activate": view.Activate(l, filled(refusedActivation(), value)),
		"extend":   view.Activate(l, filled(extendPage(), value)), "later": view.Activate(l, filled(tooEarlyToExtend(), value)),
		"activated": view.Activated(l, filled(activatedPage(), value)),
		"end":       view.End(l, filled(endPage(), value)), "ended": view.Ended(l, filled(endedPage(), value)),
		"problem": view.Problem(l, filled(view.ProblemPage{StatusPage: true, SwitchAccount: true}, value)),
	}
	for name, page := range filledRequests(l, value) {
		all["request-"+name] = page
	}
	return all
}

func TestPages_WhateverAModelCarriesIsText(t *testing.T) {
	t.Parallel()
	for name, page := range filledPages(hostile) {
		doc := render(t, page)
		if n := doc.Find("script").Length(); n != 1 {
			t.Errorf("%s: %d scripts, want the page's own", name, n)
		}
		if n := doc.Find("img, b, [onerror]").Length(); n != 0 {
			t.Errorf("%s: %d elements came out of a model, want none", name, n)
		}
		if !strings.Contains(doc.Find("body").Text(), `<script>alert(1)</script>`) {
			t.Errorf("%s: the text is not shown as it is", name)
		}
	}
}

func TestPages_RunNoAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x"} {
		for name, page := range filledPages(address) {
			doc := render(t, page)
			for _, e := range doc.Find("a[href], form[action]").EachIter() {
				if to := e.AttrOr("href", e.AttrOr("action", "")); strings.EqualFold(to, address) {
					t.Errorf("%s: %q leads to %q", name, text(e), to)
				}
			}
		}
	}
}
