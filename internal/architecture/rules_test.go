package architecture

// module is this module's path; rules name packages of ours without it.
const module = "github.com/jitaccess/terraform-provider-jitaccess"

// A rule says what one package, or a tree of them, may import outside its tests. Patterns are
// paths; one that ends in "/..." covers the tree below it as well. The standard library is always
// allowed.
type rule struct {
	pkg     string   // whose rule this is; the first that matches counts
	ours    []string // packages of ours that it may import directly
	others  []string // modules or packages of others that it may import directly
	never   []string // packages, ours or others', that it must not reach, directly or not
	onlyFor []string // if set, the only packages that may import it directly
}

// Names of others' packages that several rules share.
const (
	cel       = "cel.dev/cel-go/..."
	jwt       = "github.com/golang-jwt/jwt/v5"
	apiErrors = "google.golang.org/api/googleapi"
	resources = "google.golang.org/api/cloudresourcemanager/v3"
	roles     = "google.golang.org/api/iam/v1"
	templ     = "github.com/a-h/templ/..."
)

// Terraform's provider libraries.
var terraform = []string{
	"github.com/hashicorp/terraform-plugin-framework/...",
	"github.com/hashicorp/terraform-plugin-go/...",
	"github.com/hashicorp/terraform-plugin-log/...",
}

var rules = []rule{
	// The provider.
	{pkg: ".", ours: []string{"provider"}, others: terraform, never: []string{"portal/..."}},
	{
		pkg:    "provider",
		ours:   []string{"internal/googleapi", "provider/binding", "provider/client", "provider/diagnostics", "provider/validators"},
		others: terraform,
		never:  []string{"portal/...", "internal/emulator/..."},
	},
	{
		pkg:    "provider/binding",
		ours:   []string{"internal/eligibility", "internal/policy", "internal/iamrole", "internal/cause", "provider/client", "provider/diagnostics", "provider/validators"},
		others: terraform,
		never:  []string{"portal/...", "internal/emulator/...", "provider"},
	},
	{
		pkg: "provider/client",
		ours: []string{
			"internal/eligibility", "internal/policy", "internal/iamrole", "internal/hierarchy", "internal/cause", "internal/upstream",
			"internal/googleapi",
		},
		others: append([]string{apiErrors, resources, roles}, terraform...),
		never:  []string{"portal/...", "internal/emulator/...", "provider"},
	},
	{
		pkg:    "provider/diagnostics",
		ours:   []string{"internal/cause", "internal/googleapi", "provider/client"},
		others: terraform,
		never:  []string{"portal/...", "internal/emulator/...", "provider"},
	},
	{pkg: "provider/validators", ours: []string{"internal/eligibility"}, others: terraform},

	// The portal.
	{pkg: "portal", ours: []string{"portal/app"}, never: []string{"provider/..."}},
	{
		pkg:     "portal/app",
		ours:    []string{"portal/...", "internal/..."},
		others:  []string{"github.com/sethvargo/go-envconfig", "cloud.google.com/go/...", "google.golang.org/api/...", "github.com/googleapis/gax-go/v2/...", "golang.org/x/sync/..."},
		never:   []string{"provider/...", "internal/emulator/..."},
		onlyFor: []string{"portal", "internal/tools/..."},
	},
	{
		pkg:    "portal/activation",
		ours:   []string{"internal/cause", "internal/eligibility", "internal/iamrole", "internal/policy", "internal/quota", "internal/upstream", "portal/request", "portal/event"},
		others: []string{"golang.org/x/sync/..."},
		never:  []string{"portal/web", "portal/view", "internal/catalog", "internal/googleapi", "internal/directory"},
	},
	{pkg: "portal/event"},
	{pkg: "portal/request", ours: []string{"internal/eligibility", "internal/keyset"}, others: []string{jwt}},
	{pkg: "portal/identity", ours: []string{"internal/keyset"}, others: []string{jwt}},
	{
		pkg: "portal/web",
		ours: []string{
			"portal/activation", "portal/request", "portal/identity", "portal/event", "portal/view", "portal/static",
			"internal/eligibility", "internal/iamrole", "internal/quota", "internal/upstream",
		},
		others: []string{templ, "golang.org/x/time/rate"},
		never:  []string{"internal/catalog", "internal/googleapi"},
	},
	{pkg: "portal/view", others: []string{templ}},
	{pkg: "portal/static"},
	{pkg: "portal/audit", ours: []string{"portal/event"}},
	{pkg: "portal/browser"},
	{pkg: "portal/systemtest"},
	{pkg: "portal/notify", ours: []string{"portal/event"}, others: []string{"github.com/wneessen/go-mail/...", "golang.org/x/time/rate", cel}},

	// What both know.
	{pkg: "internal/eligibility", others: []string{cel}},
	{pkg: "internal/upstream"},
	{pkg: "internal/quota", ours: []string{"internal/cause", "internal/memo", "internal/upstream"}},
	{pkg: "internal/memo"},
	{pkg: "internal/restcall", ours: []string{"internal/cause", "internal/upstream"}, others: []string{"github.com/googleapis/gax-go/v2"}},
	{pkg: "internal/iamrole", ours: []string{"internal/restcall", "internal/cause", "internal/eligibility", "internal/memo"}, others: []string{roles, apiErrors, "golang.org/x/sync/..."}},
	{pkg: "internal/hierarchy", ours: []string{"internal/restcall", "internal/eligibility"}, others: []string{resources}},
	{
		pkg:    "internal/cause",
		ours:   []string{"internal/upstream"},
		others: []string{apiErrors, "google.golang.org/genproto/googleapis/rpc/errdetails", "google.golang.org/grpc/codes", "google.golang.org/grpc/status"},
	},
	{pkg: "internal/policy", ours: []string{"internal/cause", "internal/eligibility", "internal/memo"}, others: []string{apiErrors, resources, "github.com/sethvargo/go-retry"}},
	{pkg: "internal/keyset", others: []string{jwt}},
	{
		pkg:    "internal/directory",
		ours:   []string{"internal/cause"},
		others: []string{"google.golang.org/api/admin/directory/v1", "github.com/sethvargo/go-retry", "golang.org/x/sync/..."},
	},
	{
		pkg:  "internal/catalog",
		ours: []string{"internal/eligibility", "internal/policy", "internal/memo", "internal/cause", "internal/quota", "internal/upstream"},
		others: []string{
			"cloud.google.com/go/asset/...", "cloud.google.com/go/iam/apiv1/iampb", "github.com/googleapis/gax-go/v2/...", "google.golang.org/api/iterator",
			"golang.org/x/sync/...",
		},
	},
	{
		pkg: "internal/googleapi",
		others: []string{
			"cloud.google.com/go/auth/...", "google.golang.org/api/...", "google.golang.org/grpc/...",
		},
		onlyFor: []string{"provider", "provider/client", "provider/diagnostics", "portal/app"},
	},

	// What only tests, the demo and developers use. The emulator shares nothing with what it is
	// there to test.
	{
		pkg:     "internal/emulator/...",
		ours:    []string{"internal/emulator/..."},
		others:  anything,
		never:   []string{"internal/eligibility", "internal/policy", "internal/keyset", "internal/googleapi"},
		onlyFor: []string{"examples/demo/...", "provider/providertest", "internal/emulator/...", "internal/testbed", "internal/bench/..."},
	},
	{pkg: "provider/providertest", ours: []string{"internal/emulator/..."}, others: anything, never: []string{"provider", "portal/..."}},
	{pkg: "provider/providertest/googleprovider", others: anything, onlyFor: []string{}}, // tests alone
	{
		pkg:     "internal/testbed",
		ours:    []string{"internal/emulator/..."},
		others:  anything,
		never:   []string{"provider/...", "portal/..."},
		onlyFor: []string{"examples/demo/...", "internal/bench/..."},
	},
	{pkg: "internal/bench/...", ours: []string{"internal/emulator/...", "internal/testbed", "internal/eligibility"}, others: anything, never: []string{"provider/...", "portal/..."}},
	{pkg: "examples/demo/...", ours: []string{"internal/emulator/...", "internal/testbed"}, others: anything},
	{pkg: "internal/architecture"},
	{pkg: "internal/tools/tally"},
	{pkg: "internal/tools/schemadump", ours: []string{"provider"}, others: terraform, never: []string{"portal/..."}},
}

var anything = []string{"..."}

// Nobody, not even a test, reaches these.
var banned = []string{
	"google.golang.org/api/idtoken", // accepts tokens that are not IAP's, and panics on a short signature
	"github.com/google/cel-go/...",  // moved to cel.dev/cel-go
	"github.com/golang-jwt/jwt",     // before version 5
}
