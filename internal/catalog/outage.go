package catalog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

const (
	resourceManager = "Resource Manager"
	assetInventory  = "Cloud Asset Inventory"
)

// outage says that a service did not answer about a resource. The permission
// that its call needs is named only where the service answered that it is
// missing.
func outage(service, permission, resource string, err error) *upstream.Outage {
	o := &upstream.Outage{Service: service, Resource: resource, Err: fmt.Errorf("asking %s about %s: %w", service, resource, err)}
	if denied(err) {
		o.Permission = permission
	}
	return o
}

// unreadable is an outage of a live read.
func unreadable(resource string, err error) *upstream.Outage {
	kind, _, _ := strings.Cut(resource, "/")
	return outage(resourceManager, "resourcemanager."+kind+".getIamPolicy", resource, err)
}

// asOutage makes an outage of any error but ErrNotYours: of a caller's context
// that is over, for one.
func asOutage(err *error) {
	var known *upstream.Outage
	if *err != nil && !errors.Is(*err, upstream.ErrNotYours) && !errors.As(*err, &known) {
		*err = &upstream.Outage{Err: *err}
	}
}

// denied tells whether a service answered that a permission is missing.
func denied(err error) bool {
	return codeOf(err) == http.StatusForbidden || status.Code(err) == codes.PermissionDenied
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
