// Package binding has the resources that write down, as eligible bindings in IAM policies, who may
// activate which role.
//
// A resource owns its members' places, never a binding: the members of other people stay where they
// are, in the order and the spelling in which they were found, and so does every binding that is
// not eligible. A resource is known by its key: the project, folder or organization, the role, the
// constraint and the resource condition. A place is a member of a key under one title, description
// and terms; the same member under others is somebody else's place. Everything but the key is
// updated in place; a moved block changes the constraint, in place and in one write too.
//
// It refuses at plan time what a plan can know, on the attribute that is to blame, and never a
// value that is not known yet. It warns, each thing once in a walk of Terraform, of what may be
// meant but is risky or of no use. For that a plan that changes something looks at the policies
// above as well, and asks IAM what the role holds; it does without what it may not read, and says
// so.
package binding
