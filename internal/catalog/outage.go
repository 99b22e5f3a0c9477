package catalog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrNotYours says that the project is outside the scope, does not exist, or
// holds nothing of the person. Which of them it is cannot be told from it.
var ErrNotYours = errors.New("no such project, or nothing of this person in it")

const (
	resourceManager    = "Resource Manager"
	assetInventory     = "Cloud Asset Inventory"
	identityManagement = "IAM"
)

// Outage says which service did not answer, which permission its call needs,
// and on what. Err is the service's own error: *googleapi.Error or a gRPC
// status where it answered at all.
type Outage struct {
	Service    string // the name that people know
	Permission string
	Resource   string // "projects/ID", "folders/NUMBER", "organizations/NUMBER" or "roles/NAME"
	Err        error
}

func (o *Outage) Error() string {
	return fmt.Sprintf("asking %s about %s: %v", o.Service, o.Resource, o.Err)
}

// Unwrap returns the service's own error.
func (o *Outage) Unwrap() error { return o.Err }

// Denied tells whether the service answered that the permission is missing.
func (o *Outage) Denied() bool {
	return codeOf(o.Err) == http.StatusForbidden || status.Code(o.Err) == codes.PermissionDenied
}

// unreadable makes an outage of a live read.
func unreadable(resource string, err error) *Outage {
	kind, _, _ := strings.Cut(resource, "/")
	return &Outage{
		Service:    resourceManager,
		Permission: "resourcemanager." + kind + ".getIamPolicy",
		Resource:   resource,
		Err:        err,
	}
}

// hidden tells whether Resource Manager denies a resource or does not know it.
func hidden(err error) bool {
	code := codeOf(err)
	return code == http.StatusForbidden || code == http.StatusNotFound
}

func codeOf(err error) int {
	var answer *googleapi.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}
