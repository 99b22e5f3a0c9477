package view

// ForeignForm is the page for a form that another site sent.
func ForeignForm() ProblemPage {
	return ProblemPage{
		Title:   "This came from another site",
		Meaning: "The portal only acts on forms of its own pages. Nothing was changed.",
		Advice: []string{
			"If you meant to do something, do it from your access.",
			"If you did not, tell an administrator where you came from.",
		},
		Next: homeStep(),
	}
}

// ForeignPage is the page for what another site asks a browser for in any way but by a link, such
// as a frame or a picture. Hardly anybody sees it.
func ForeignPage() ProblemPage {
	return ProblemPage{
		Title:   "Another site asked for this page",
		Meaning: "Other sites can link to the portal, and no more: it opens only in a window of its own. Nothing was changed.",
		Advice:  []string{"If you did not want to open the portal, tell an administrator where you came from."},
		Next:    homeStep(),
	}
}

// TooManyLinks is the page for somebody in whose browser other sites open the portal again and
// again. Link is the address that was opened: from here on it is the person who opens it.
func TooManyLinks(link string) ProblemPage {
	return ProblemPage{
		Title:   "Other sites have opened the portal many times",
		Meaning: "More often than the portal opens for them in a minute, so this page waits for you to open it. Nothing was changed.",
		Advice: []string{
			"If you followed a link, go on here.",
			"If windows open by themselves, close the page that opens them, and tell an administrator where it is.",
		},
		Next: NextStep{Text: "Open the portal", Link: link},
	}
}
