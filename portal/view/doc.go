// Package view is what people see: the portal's pages as templ components, and the view model of
// each beside it.
//
// The components and what they take:
//
//	Home(Layout, HomePage)            what is active and what could be
//	Project(Layout, ProjectPage)      the roles of one project, to choose from
//	Activate(Layout, ActivatePage)    the form that activates or extends
//	Activated(Layout, ActivatedPage)  what is active now
//	End(Layout, EndPage)              the question before an activation ends
//	Ended(Layout, EndedPage)          what has ended
//	Request(Layout, RequestPage)      the form that asks a peer to approve
//	Asked(Layout, AskedPage)          what has become of a request
//	Review(Layout, ReviewPage)        what a reviewer needs to decide
//	Decided(Layout, DecidedPage)      what is true after a decision
//	RevokeAsk(Layout, RevokePage)     the question before somebody else's activation ends
//	Holdings(Layout, HoldingsPage)    who has what active on a project
//	Problem(Layout, ProblemPage)      every refusal and every outage
//
// It knows words, structure and how times and durations are written. It knows no policy, no request
// and no clock: every model carries the time that it is shown at, in UTC. It refuses inline style
// and script, raw HTML and addresses that a browser would run: whatever a model carries, in
// whatever field, is text. What always holds: a page has one h1 and one main, works without script,
// and names what each of its repeated controls acts on.
package view
