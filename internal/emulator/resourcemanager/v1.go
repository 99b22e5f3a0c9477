package resourcemanager

import (
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	older "google.golang.org/api/cloudresourcemanager/v1"
	"google.golang.org/protobuf/proto"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// registerV1 routes version 1 to the methods of version 3.
func registerV1(api *wire.API) {
	const service = "/google.cloud.resourcemanager.v3."
	for kind, server := range map[string]string{"projects": "Projects/", "organizations": "Organizations/"} {
		api.Route("POST", "/v1/{resource="+kind+"/*}:getIamPolicy", "*", service+server+"GetIamPolicy", wire.Older{})
		api.Route("POST", "/v1/{resource="+kind+"/*}:setIamPolicy", "*", service+server+"SetIamPolicy", wire.Older{})
	}
	api.Route("GET", "/v1/{name=projects/*}", "", service+"Projects/GetProject", wire.Older{Response: v1Project})
	api.Route("GET", "/v1/{name=organizations/*}", "", service+"Organizations/GetOrganization", wire.Older{Response: func(m proto.Message) any {
		return v1Organization(m.(*resourcemanagerpb.Organization))
	}})
	api.Route("POST", "/v1/organizations:search", "*", service+"Organizations/SearchOrganizations", wire.Older{
		Fields: map[string]string{"filter": "query"}, Response: v1Organizations,
	})
}

func v1Project(m proto.Message) any {
	p := m.(*resourcemanagerpb.Project)
	number, _ := strconv.ParseInt(strings.TrimPrefix(p.GetName(), "projects/"), 10, 64) // a world has no other names
	kind, id, _ := strings.Cut(p.GetParent(), "/")
	return &older.Project{
		ProjectNumber: number, ProjectId: p.GetProjectId(), Name: p.GetDisplayName(), Labels: p.GetLabels(), LifecycleState: p.GetState().String(),
		CreateTime: p.GetCreateTime().AsTime().Format(time.RFC3339Nano), Parent: &older.ResourceId{Type: strings.TrimSuffix(kind, "s"), Id: id},
	}
}

func v1Organization(o *resourcemanagerpb.Organization) *older.Organization {
	return &older.Organization{
		Name: o.GetName(), DisplayName: o.GetDisplayName(), LifecycleState: o.GetState().String(),
		CreationTime: o.GetCreateTime().AsTime().Format(time.RFC3339Nano),
		Owner:        &older.OrganizationOwner{DirectoryCustomerId: o.GetDirectoryCustomerId()},
	}
}

func v1Organizations(m proto.Message) any {
	found := m.(*resourcemanagerpb.SearchOrganizationsResponse)
	response := &older.SearchOrganizationsResponse{NextPageToken: found.GetNextPageToken()}
	for _, o := range found.GetOrganizations() {
		response.Organizations = append(response.Organizations, v1Organization(o))
	}
	return response
}
