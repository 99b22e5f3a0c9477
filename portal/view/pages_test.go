package view_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// render renders a page and parses it as a browser does.
func render(t *testing.T, page templ.Component) *goquery.Document {
	t.Helper()
	var out bytes.Buffer
	if err := page.Render(t.Context(), &out); err != nil {
		t.Fatalf("rendering: %v", err)
	}
	doc, err := goquery.NewDocumentFromReader(&out)
	if err != nil {
		t.Fatalf("parsing: %v", err)
	}
	return doc
}

// text is the text of an element, with spaces as a browser shows them.
func text(s *goquery.Selection) string {
	s = s.Clone()
	s.Find("p, div, li").AppendHtml(" ")
	return strings.Join(strings.Fields(s.Text()), " ")
}

// allText is the text of each element.
func allText(s *goquery.Selection) []string {
	return s.Map(func(_ int, e *goquery.Selection) string { return text(e) })
}

// everyPage runs a check on every page in every state.
func everyPage(t *testing.T, check func(t *testing.T, doc *goquery.Document)) {
	t.Helper()
	for name, page := range pages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, render(t, page))
		})
	}
}

func TestEveryPage_HasOneHeadingOneMainAndATitle(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		for _, selector := range []string{"html[lang=en]", "h1", "main", "main h1", "title", "body > header", "body > footer"} {
			if n := doc.Find(selector).Length(); n != 1 {
				t.Errorf("%d elements are %q, want 1", n, selector)
			}
		}
		title := text(doc.Find("title"))
		if !strings.HasSuffix(title, " · JIT Access") || strings.HasPrefix(title, " ") {
			t.Errorf("the title is %q, want the page's name and the portal's", title)
		}
		if h1 := text(doc.Find("h1")); h1 == "" || !strings.HasPrefix(strings.TrimPrefix(title, "Error: "), h1) {
			t.Errorf("the title is %q, want it to begin with the heading %q", title, h1)
		}
	})
}

func TestEveryPage_SkipsNoLevelOfHeadings(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		level := 0
		doc.Find("h1, h2, h3, h4, h5, h6").Each(func(_ int, h *goquery.Selection) {
			next := int(goquery.NodeName(h)[1] - '0')
			if next > level+1 {
				t.Errorf("%q is h%d after h%d", text(h), next, level)
			}
			level = next
		})
	})
}

func TestEveryPage_HasNoInlineStyleOrScript(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find("*").Each(func(_ int, e *goquery.Selection) {
			for _, a := range e.Get(0).Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "javascript:") {
					t.Errorf("<%s> has %s=%q", goquery.NodeName(e), a.Key, a.Val)
				}
			}
		})
		if n := doc.Find("style, iframe, object, embed, base").Length(); n != 0 {
			t.Errorf("%d elements style or embed, want none", n)
		}
		scripts := doc.Find("script")
		if _, deferred := scripts.Attr("defer"); scripts.Length() != 1 || !deferred || text(scripts) != "" {
			t.Errorf("there are %d scripts with text %q, want one, deferred and empty", scripts.Length(), text(scripts))
		}
	})
}

func TestEveryPage_LabelsEachControl(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, field *goquery.Selection) {
			id, _ := field.Attr("id")
			labels := doc.Find("label").FilterFunction(func(_ int, l *goquery.Selection) bool {
				return id != "" && l.AttrOr("for", "") == id
			})
			if text(labels) == "" && text(field.Closest("label")) == "" {
				t.Errorf("the field %q has no label", field.AttrOr("name", id))
			}
		})
	})
}

func TestEveryPage_RefersToWhatIsThere(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		ids := map[string]int{}
		doc.Find("[id]").Each(func(_ int, e *goquery.Selection) { ids[e.AttrOr("id", "")]++ })
		for id, n := range ids {
			if n != 1 {
				t.Errorf("%d elements have the id %q", n, id)
			}
		}
		refer := func(what, id string) {
			if ids[id] == 0 {
				t.Errorf("%s refers to %q, which is not there", what, id)
			}
		}
		for _, attribute := range []string{"aria-describedby", "aria-labelledby", "for", "form", "data-copy"} {
			doc.Find("[" + attribute + "]").Each(func(_ int, e *goquery.Selection) {
				for id := range strings.FieldsSeq(e.AttrOr(attribute, "")) {
					refer(attribute, id)
				}
			})
		}
		doc.Find(`a[href^="#"]`).Each(func(_ int, e *goquery.Selection) { refer("a link", e.AttrOr("href", "")[1:]) })
	})
}

// Repeated controls differ by what they act on, which is in an element of class sr.
func TestEveryPage_NamesTheObjectOfEachRepeatedControl(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		leads := map[string]string{}
		doc.Find("main a, main button").Each(func(_ int, control *goquery.Selection) {
			name := text(control)
			if to, seen := leads[name]; seen && to != control.AttrOr("href", "") {
				t.Errorf("two controls are called %q", name)
			}
			leads[name] = control.AttrOr("href", "")
		})
		doc.Find(".entry-do .button, .entry-do .links a").Each(func(_ int, control *goquery.Selection) {
			if text(control.Find(".sr")) == "" {
				t.Errorf("%q does not say what it acts on", text(control))
			}
		})
	})
}

func TestEveryPage_HidesIconsFromReadersAndTakesThemFromTheSprite(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		if n := doc.Find("svg:not([aria-hidden=true])").Length(); n != 0 {
			t.Errorf("%d icons are read aloud, want none", n)
		}
		doc.Find("use").Each(func(_ int, use *goquery.Selection) {
			if to := use.AttrOr("href", ""); !strings.HasPrefix(to, "/static/icons.svg#") {
				t.Errorf("an icon is at %q, want it in the sprite", to)
			}
		})
	})
}

func TestEveryPage_KeepsOutwardLinksApart(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find("a[href^=http]").Each(func(_ int, a *goquery.Selection) {
			host := strings.SplitN(strings.TrimPrefix(a.AttrOr("href", ""), "https://"), "/", 2)[0]
			if host != "console.cloud.google.com" && host != "status.cloud.google.com" || a.AttrOr("rel", "") != "noreferrer" {
				t.Errorf("a link leads to %q with rel %q", host, a.AttrOr("rel", ""))
			}
		})
	})
}

func TestEveryPage_GivesEachTimeAZoneAndAMachineReadableForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^2026-11-19T\d\d:\d\d:\d\dZ$`)
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find("time").Each(func(_ int, at *goquery.Selection) {
			if !form.MatchString(at.AttrOr("datetime", "")) || !strings.HasSuffix(text(at), " UTC") {
				t.Errorf("a time says %q for %q", text(at), at.AttrOr("datetime", ""))
			}
		})
	})
}

// These words are for machines, and the portal's pages do not use them.
func TestEveryPage_AvoidsTheWordsOfMachines(t *testing.T) {
	t.Parallel()
	avoided := regexp.MustCompile(`(?i)\b(elevate|MPA|token|submit|deny|denied|user|invalid|failed to|oops|sorry|please|successfully|click)\b|!`)
	everyPage(t, func(t *testing.T, doc *goquery.Document) {
		main := doc.Find("main").Clone()
		main.Find("code, pre, .limit").Remove()
		if found := avoided.FindString(text(main)); found != "" {
			t.Errorf("the page says %q", found)
		}
	})
}
