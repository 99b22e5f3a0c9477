package quota

import "strings"

// Service is a group of Google's calls that share one quota.
type Service int

// The services that the portal calls.
const (
	Directory Service = iota
	EffectivePolicies
	SearchPolicies
	SearchResources
	PolicyWrites
	PolicyReads
	Roles
	Signatures
	Messages
	Secrets
	services // how many there are
)

// entry is what is known of a service.
type entry struct {
	key       string // in the configuration
	name      string // for people and for the documentation
	perMinute int    // the quota of a project that Google gives by default
	host      string
	calls     []string // parts of the names of calls, of which one must match; none: all calls of the host
}

// table has every service once. A quota is a default: an organization may have been granted more.
var table = [services]entry{
	// Source: developers.google.com/admin-sdk/directory/v1/limits, for each user of a project; the
	// portal's service account is one user.
	Directory: {key: "directory", name: "Directory", perMinute: 2400, host: "admin.googleapis.com"},
	// Source: cloud.google.com/asset-inventory/docs/quota, for each project that asks, as the next
	// two.
	EffectivePolicies: {"effective-policies", "Asset Inventory, effective policies", 100, "cloudasset.googleapis.com", []string{"BatchGetEffectiveIamPolicies"}},
	SearchPolicies:    {"search-policies", "Asset Inventory, search of policies", 400, "cloudasset.googleapis.com", []string{"SearchAllIamPolicies"}},
	SearchResources:   {"search-projects", "Asset Inventory, search of projects", 400, "cloudasset.googleapis.com", []string{"SearchAllResources"}},
	// No documentation has a number for Resource Manager. That of reads is the limit that its own
	// error named in 2024 (quota_limit ReadRequestsPerMinutePerProject); that of writes is assumed
	// to be IAM's for writes.
	PolicyWrites: {"policy-writes", "Resource Manager, writes", 600, "cloudresourcemanager.googleapis.com", []string{":setIamPolicy"}},
	PolicyReads:  {key: "policy-reads", name: "Resource Manager, reads", perMinute: 2400, host: "cloudresourcemanager.googleapis.com"},
	// Source: cloud.google.com/iam/quotas, as the next one.
	Roles:      {key: "roles", name: "IAM, roles", perMinute: 6000, host: "iam.googleapis.com"},
	Signatures: {key: "signatures", name: "IAM Credentials, signatures", perMinute: 60_000, host: "iamcredentials.googleapis.com"},
	// Pub/Sub limits bytes: 200 MB a second in a small region, and at least 1 kB for a message.
	// Source: cloud.google.com/pubsub/quotas.
	Messages: {key: "messages", name: "Pub/Sub, messages", perMinute: 12_000_000, host: "pubsub.googleapis.com"},
	// Source: cloud.google.com/secret-manager/quotas.
	Secrets: {key: "secrets", name: "Secret Manager, reads", perMinute: 90_000, host: "secretmanager.googleapis.com"},
}

// String is the name of a service, for people.
func (s Service) String() string { return table[s].name }

// serviceOf is the first service that has a call: a gRPC method, or the path of a REST call. It is
// false for a call that no service of the table has.
func serviceOf(host, call string) (Service, bool) {
	for s, e := range table {
		if e.host == host && e.has(call) {
			return Service(s), true
		}
	}
	return 0, false
}

func (e entry) has(call string) bool {
	for _, part := range e.calls {
		if strings.Contains(call, part) {
			return true
		}
	}
	return len(e.calls) == 0
}

// ServiceByKey finds a service by its name in the configuration.
func ServiceByKey(key string) (Service, bool) {
	for s, e := range table {
		if e.key == key {
			return Service(s), true
		}
	}
	return 0, false
}

// Keys are the names of all services in the configuration.
func Keys() []string {
	keys := make([]string, len(table))
	for i, e := range table {
		keys[i] = e.key
	}
	return keys
}

// Row is what people read about a service.
type Row struct {
	Name, Key         string
	PerMinute         int // Google's default
	Instance, ForActs int // calls a minute of one instance, and how many of them pages cannot use
}

// Rows are all services, for so many instances.
func Rows(instances int) []Row {
	rows := make([]Row, len(table))
	for i, e := range table {
		share := ofInstance(e.perMinute, instances)
		rows[i] = Row{Name: e.name, Key: e.key, PerMinute: e.perMinute, Instance: int(share), ForActs: int(share * partOfActs)}
	}
	return rows
}
