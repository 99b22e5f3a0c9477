package emulator

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/resourcemanager"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// services are those that the emulator itself has to ask for something.
type services struct{}

// register puts every service on its host.
func register(s *wire.Server, w *world.World, o Options) services {
	resourcemanager.Register(s.API(resourcemanager.Host), w, resourcemanager.Options{Strict: o.Strict})
	return services{}
}
