package emulator

import (
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/asset"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/billing"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/directory"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iam"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/pubsub"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/resourcemanager"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/secretmanager"
)

// register puts every service on its host.
func (e *Emulator) register() {
	s, w := e.wire, e.world
	asset.Register(s.API(asset.Host), w)
	iam.Register(s.API(iam.Host), w)
	resourcemanager.Register(s.API(resourcemanager.Host), w, e.options.Strict)
	credentialspb.RegisterIAMCredentialsServer(s.API("iamcredentials.googleapis.com"), e.credentials)
	s.Handle("admin.googleapis.com", directory.New(w))
	s.Handle(billing.Host, billing.New(w))
	s.Handle(pubsub.Host, pubsub.New(w))
	s.Handle(secretmanager.Host, secretmanager.New(w))
	s.HandlePublic("oauth2.googleapis.com", e.credentials.TokenEndpoint())
	s.HandlePublic("www.googleapis.com", e.credentials.Keys())
	s.HandlePublic("www.gstatic.com", iap.Keys(e.proxyKey))
	s.HandleOwn("-", e.inspection())
}
