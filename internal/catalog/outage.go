package catalog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

const (
	resourceManager = "Resource Manager"
	assetInventory  = "Cloud Asset Inventory"
)

// outage says that a service did not answer about a resource. The permission that its call needs is
// named only where the service answered that it is missing.
func outage(service, permission, resource string, err error) *upstream.Outage {
	o := &upstream.Outage{Service: service, Resource: resource, Err: fmt.Errorf("asking %s about %s: %w", service, resource, err)}
	if cause.Of(err).Status == http.StatusForbidden {
		o.Permission = permission
	}
	return o
}

// readOutage is an outage of a live read.
func readOutage(resource string, err error) *upstream.Outage {
	kind, _, _ := strings.Cut(resource, "/")
	return outage(resourceManager, "resourcemanager."+kind+".getIamPolicy", resource, err)
}

// asOutage makes an outage of any error but ErrNotYours and *upstream.Throttled: of a caller's
// context that is over, for one.
func asOutage(err *error) {
	var known *upstream.Outage
	if *err != nil && upstream.AsThrottled(*err) == nil && !errors.Is(*err, upstream.ErrNotYours) && !errors.As(*err, &known) {
		*err = &upstream.Outage{Err: *err}
	}
}

// deniedOrUnknown tells whether Resource Manager denies a resource or does not know it.
func deniedOrUnknown(err error) bool {
	status := cause.Of(err).Status
	return status == http.StatusForbidden || status == http.StatusNotFound
}
