// Package catalog knows what a person may activate, and where. It reads policies and memberships
// and gives them to package eligibility, which decides.
//
// It has three sources. Resource Manager knows what the policy of a project is now; Cloud Asset
// Inventory, the index, knows where a project stands and what its ancestors' policies are; the
// Directory knows whether the person is in a group.
//
// What always holds:
//
//   - A project's own policy is read live in every request and stands in for
//     the index's copy of it. Only ancestors' policies come from the index, at
//     most 60 s old, and only after the index has located the project inside
//     the scope.
//   - Memberships are never kept from one request to the next, and each group
//     is asked once in a request. A group that cannot be read makes nobody a
//     member and fails no request.
//   - Pages keep of a policy only its relevant bindings, and share reads that
//     are asked for at the same time. Whoever acts reads alone, and all of it.
//   - What a caller claims (the hints in references) decides only what is
//     asked first. What the sources say decides the rest.
//   - A project outside the scope, one that does not exist and one where the
//     person has nothing are the same: [upstream.ErrNotYours].
//
// It refuses to guess: where a source does not answer, there is an [upstream.Outage] and no
// entitlement.
package catalog
