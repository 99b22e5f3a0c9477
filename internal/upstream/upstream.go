// Package upstream names the ways in which asking Google can come to nothing: a service did not do
// its part, it showed nothing that is the person's, or it was not asked. It does not know why
// Google refused.
package upstream

import (
	"errors"
	"fmt"
)

// ErrNotYours says that the project is outside the scope, does not exist, or holds nothing of the
// person. It does not say which.
var ErrNotYours = errors.New("no such project, or nothing of this person in it")

// Outage is a service of Google that did not do its part. Err is the service's own error where it
// answered at all.
type Outage struct {
	Service    string // the name that people know: "Resource Manager"
	Permission string // what the caller lacks, where that is why
	Resource   string // "projects/ID", "folders/NUMBER", "organizations/NUMBER" or what else was asked about
	Unsettled  bool   // it is not known whether the change was written
	Err        error
}

// Error implements error.
func (o *Outage) Error() string {
	if o.Permission != "" {
		return fmt.Sprintf("%s refused %s on %s: %v", o.Service, o.Permission, o.Resource, o.Err)
	}
	return fmt.Sprintf("%s did not do its part: %v", o.Service, o.Err)
}

// Unwrap returns the cause.
func (o *Outage) Unwrap() error { return o.Err }
