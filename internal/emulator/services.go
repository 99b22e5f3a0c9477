package emulator

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/asset"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iam"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/resourcemanager"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/secretmanager"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// services are those that the emulator itself has to ask for something.
type services struct{ identity }

// register puts every service on its host.
func register(s *wire.Server, w *world.World, o Options) services {
	asset.Register(s.API(asset.Host), w)
	resourcemanager.Register(s.API(resourcemanager.Host), w, resourcemanager.Options{Strict: o.Strict})
	iam.Register(s.API(iam.Host), w)
	s.Handle(secretmanager.Host, secretmanager.New(w))
	return services{registerIdentity(s, w)}
}
