package systemtest

import (
	"net/http"
	"slices"
)

// This file is the table of outcomes: what a person, the audit log and the policy get when one call
// to Google goes wrong in one way. The first rule that fits an operation, a call and a fault
// applies. Whatever happens, the policy is unchanged, or has exactly the one change that was
// ordered.

// operationName is what a person does.
type operationName string

const (
	lists     operationName = "list a project's roles"
	goesHome  operationName = "home"
	activates operationName = "activate"
	ends      operationName = "end"
	asks      operationName = "ask"
	approves  operationName = "approve"
	declines  operationName = "decline"
	withdraws operationName = "withdraw"
	revokes   operationName = "revoke"

	opensActivation operationName = "open the activation form"
	seesActivation  operationName = "see an activation's result"
	opensEnd        operationName = "open the end form"
	seesEnded       operationName = "see what has ended"
	choosesPeers    operationName = "choose peers by name"
	choosesMembers  operationName = "choose peers of a group"
	reviews         operationName = "review"
	seesRequest     operationName = "see one's own request"
	resends         operationName = "send again"
	opensRevocation operationName = "open the form to revoke"
	// Administrators see everybody's activations on a project, and revoke them.
	seesHoldings operationName = "see who has access"
	opensTaking  operationName = "open the administrators' form to revoke"
	takes        operationName = "revoke as an administrator"
	// An outsider is of another domain than the group, whose members are therefore listed too.
	activatesAsOutsider operationName = "activate as an outsider"
)

// callKind is a call to Google by what it is for.
type callKind string

const (
	callKeys          callKind = "the keys of Identity-Aware Proxy"
	callPolicy        callKind = "the project's policy"
	callAncestor      callKind = "the folder's policy"
	callMember        callKind = "is the person in the group"
	callReviewer      callKind = "is the reviewer in the group"
	callAdministrator callKind = "is the person an administrator"
	callMembers       callKind = "who is in the group"
	callPlacement     callKind = "where the project stands"
	callSearch        callKind = "which bindings there are"
	callProjects      callKind = "which projects there are"
	callWrite         callKind = "writing the policy"
	callSign          callKind = "signing the request"
	callPublished     callKind = "the keys of requests"
	callRole          callKind = "what the role holds"
)

// faultName is a way to go wrong. A number is an HTTP status, or its gRPC code; drop: the
// connection ends and nothing was done; lose: it was done and the connection ends; half: it was
// done and half of the response arrives.
type faultName string

var (
	everyFault = []faultName{"401", "403", "404", "409", "412", "429", "500", "503", "drop", "lose", "half", "nonsense", "hang"}
	// passing faults are those that may be over a moment later.
	passing = []faultName{"429", "500", "503", "drop", "lose", "half", "nonsense", "hang"}
	// quick are those of them that are noticed at once.
	quick = []faultName{"429", "500", "503", "drop", "lose", "half", "nonsense"}
)

// times is how often the fault strikes: the first such call alone, or every one.
type times string

const (
	once   times = "once"
	always times = "always"
)

// outcome is how an operation ends.
type outcome struct {
	Status  int
	Heading string // of the page; "" where there is a redirect, or where it is the good run's
	Gap     bool   // the page says what it could not find out
	Error   string // the reason in the audit log
	Changed bool   // the policy has the change that was ordered
}

// All outcomes; good is that of a run without faults.
var (
	good            = outcome{}
	gap             = outcome{Status: http.StatusOK, Gap: true}
	notEligible     = outcome{Status: http.StatusForbidden, Heading: "You have no access to this role", Error: "NOT_ELIGIBLE"}
	nothingHere     = outcome{Status: http.StatusForbidden, Heading: "You have no access here", Error: "NOT_ELIGIBLE"} // no role is named
	groupUnreadable = outcome{Status: http.StatusServiceUnavailable, Heading: "A group could not be read", Error: "GROUP_UNREADABLE"}
	noAdministrator = outcome{Status: http.StatusForbidden, Heading: "You have no access to this role", Error: "NOT_REVIEWER"}
	noSigner        = outcome{Status: http.StatusServiceUnavailable, Heading: "IAM Credentials did not answer", Error: "NO_ANSWER"}
	notActive       = outcome{Status: http.StatusForbidden, Heading: "You have no access to this role", Error: "NOT_ACTIVE"}
	outOfScope      = outcome{Status: http.StatusForbidden, Heading: "The portal does not manage PROJECT", Error: "OUT_OF_SCOPE"}
	noManager       = outcome{Status: http.StatusServiceUnavailable, Heading: "Resource Manager did not answer", Error: "NO_ANSWER"}
	noInventory     = outcome{Status: http.StatusServiceUnavailable, Heading: "Cloud Asset Inventory did not answer", Error: "NO_ANSWER"}
	noKeys          = outcome{Status: http.StatusServiceUnavailable, Heading: "Identity-Aware Proxy did not answer", Error: "keys-unavailable"}
	notPermitted    = outcome{Status: http.StatusServiceUnavailable, Heading: "The portal lacks a permission", Error: "NOT_PERMITTED"}
	lostEveryRace   = outcome{Status: http.StatusConflict, Heading: "Somebody else changed the policy at the same time", Error: "CONFLICT"}
	nobodyCouldTell = outcome{Status: http.StatusServiceUnavailable, Heading: "It is not certain whether this worked", Error: "UNSETTLED"}
)

// rule is a line of the table. What is left out fits everything.
type rule struct {
	call   callKind
	by     []operationName
	faults []faultName
	times  times
	want   outcome
}

var outcomes = []rule{
	// Reading the project's policy is tried three times in five seconds. Where it stays unread,
	// acts are refused and the project's page says why; home goes on without it and says so. Who
	// ends an activation, or takes one without a request that names them, cannot distinguish a
	// project that cannot be read from one that does not exist.
	{callPolicy, nil, passing, once, good},
	{callPolicy, []operationName{goesHome}, nil, "", gap},
	{callPolicy, []operationName{ends, takes}, []faultName{"403", "404"}, "", notActive},
	{callPolicy, nil, []faultName{"403"}, "", notPermitted},
	{callPolicy, nil, nil, "", noManager},

	// A folder that the portal may not read, or that Google does not know, counts as the index has
	// it.
	{callAncestor, nil, passing, once, good},
	{callAncestor, nil, []faultName{"403", "404"}, "", good},
	{callAncestor, nil, nil, "", noManager},

	// A group that cannot be read gives nobody access. Pages say that there is one, where they
	// would show more with it. An act that depends on it is refused like one on what does not
	// exist, because the portal does not know whose it is. Those whom a request names know of it,
	// and get the reason.
	{callMember, []operationName{activatesAsOutsider}, nil, "", good}, // the list tells
	{callMember, []operationName{seesActivation, opensEnd, seesEnded, choosesPeers, resends, opensRevocation}, nil, "", good},
	{callMember, nil, quick, once, good},
	{callMember, []operationName{activates, opensActivation, asks, choosesMembers}, nil, "", notEligible},
	{callMember, []operationName{approves, reviews}, nil, "", groupUnreadable},
	{callMember, nil, nil, "", gap},
	{callReviewer, []operationName{opensRevocation}, nil, "", good}, // it is approved, so eligibility no longer counts
	{callReviewer, nil, quick, once, good},
	{callReviewer, nil, nil, "", groupUnreadable},
	{callMembers, nil, quick, once, good},
	{callMembers, []operationName{choosesMembers}, nil, "", gap},
	{callMembers, nil, nil, "", notEligible},
	{callAdministrator, []operationName{lists}, nil, "", good}, // a link is left out
	{callAdministrator, nil, quick, once, good},
	{callAdministrator, []operationName{takes}, nil, "", noAdministrator},
	{callAdministrator, []operationName{seesHoldings}, nil, "", nothingHere},
	{callAdministrator, nil, nil, "", notEligible},

	// The index is asked three times, too, but one that hangs takes all of the five seconds. Where
	// it answers that it knows no such project, nobody has it, and what is active there is left
	// alone. Where it does not answer, access can still be taken away.
	{callPlacement, []operationName{ends}, []faultName{"404"}, "", outOfScope},
	{callPlacement, []operationName{ends}, nil, "", good},
	{callPlacement, []operationName{lists}, []faultName{"404"}, "", nothingHere},
	{callPlacement, nil, []faultName{"404"}, "", notEligible},
	{callPlacement, nil, quick, once, good},
	{callPlacement, nil, []faultName{"403"}, "", notPermitted},
	{callPlacement, nil, nil, "", noInventory},
	{callSearch, nil, quick, once, good},
	{callSearch, nil, []faultName{"403"}, "", notPermitted},
	{callSearch, nil, nil, "", noInventory},
	{callProjects, nil, quick, once, good},
	{callProjects, nil, []faultName{"403"}, "", notPermitted},
	{callProjects, nil, nil, "", noInventory},

	// Without the keys no assertion can be verified.
	{callKeys, nil, []faultName{"500", "503", "drop", "lose", "half"}, once, good},
	{callKeys, nil, nil, "", noKeys},

	// Signing is repeated where that may help, because it changes nothing.
	{callSign, nil, []faultName{"403", "404"}, "", notPermitted},
	{callSign, nil, quick, once, good},
	{callSign, nil, nil, "", noSigner},

	// A write is never repeated before a read has shown that it did not arrive. The sweep may be
	// what is refused, so the write is repeated once without it. A write whose response was lost is
	// found by reading.
	{callWrite, nil, []faultName{"403", "409", "412", "429", "500", "503", "drop", "lose", "half", "nonsense", "hang"}, once, good},
	{callWrite, nil, []faultName{"lose", "half"}, always, good},
	{callWrite, nil, []faultName{"403"}, always, notPermitted},
	{callWrite, nil, []faultName{"409", "412"}, always, lostEveryRace},
	{callWrite, nil, []faultName{"drop", "nonsense", "hang"}, always, nobodyCouldTell},
	{callWrite, nil, nil, "", noManager},
}

// expected looks an outcome up; false where the table has none.
func expected(o operationName, c callKind, f faultName, n times) (outcome, bool) {
	for _, r := range outcomes {
		if r.call == c && (r.by == nil || slices.Contains(r.by, o)) && (r.faults == nil || slices.Contains(r.faults, f)) && (r.times == "" || r.times == n) {
			return r.want, true
		}
	}
	return outcome{}, false
}
