package app

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

// quotaEnvironment has the environment variables of quotas, all of them ours.
type quotaEnvironment struct {
	Instances      string `env:"MAX_INSTANCES"`
	CallsPerPerson string `env:"CALLS_PER_PERSON, default=300"`
	Quotas         string `env:"GOOGLE_API_QUOTAS"` // NAME=CALLS a minute, by commas
}

// QuotaSettings say what the portal may use of Google's quotas.
type QuotaSettings struct {
	Instances      int // that share the quotas
	CallsPerPerson int // at once
	Quotas         map[quota.Service]int
}

// The most that the variables take. A thousand instances is the most that Cloud Run starts.
const (
	mostInstances = 1000
	mostCalls     = 1_000_000_000
)

func (e quotaEnvironment) settings(p *problems) QuotaSettings {
	s := QuotaSettings{
		Instances: quota.DefaultInstances, CallsPerPerson: int(p.number("CALLS_PER_PERSON", e.CallsPerPerson, 1, mostCalls)),
		Quotas: map[quota.Service]int{},
	}
	if e.Instances != "" {
		s.Instances = int(p.number("MAX_INSTANCES", e.Instances, 1, mostInstances))
	}
	for text := range strings.SplitSeq(e.Quotas, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		key, value, _ := strings.Cut(text, "=")
		service, ok := quota.ServiceByKey(key)
		calls, err := strconv.Atoi(value)
		if !ok || err != nil || calls < 1 || calls > mostCalls {
			p.add("GOOGLE_API_QUOTAS", text, "is no quota; set NAME=CALLS a minute, several by commas, with a NAME of: "+strings.Join(quota.Keys(), ", "))
			continue
		}
		s.Quotas[service] = calls
	}
	return s
}

// fewCalls is how many calls a minute an instance needs of each quota at least, to open a few
// projects.
const fewCalls = 5

// warnings are about a number of instances that nobody said, or that leaves each of them few calls.
func (e quotaEnvironment) warnings(s QuotaSettings) (all []string) {
	if e.Instances == "" {
		all = append(all, fmt.Sprintf("MAX_INSTANCES is not set: each instance keeps to its part of Google's quotas as if there were %d of them; "+
			"set the number that the service is deployed with", quota.DefaultInstances))
	}
	limiter := quota.New(quota.Options{Instances: s.Instances, Quotas: s.Quotas})
	var small []string
	for _, key := range quota.Keys() {
		service, _ := quota.ServiceByKey(key)
		if calls := limiter.Share(service); calls < fewCalls {
			small = append(small, fmt.Sprintf("%s %d", key, calls))
		}
	}
	if len(small) > 0 {
		all = append(all, fmt.Sprintf("with %d instances each has few calls a minute of these quotas: %s; set MAX_INSTANCES to "+
			"the number that the service needs, or have Google raise the quotas and set GOOGLE_API_QUOTAS", s.Instances, strings.Join(small, ", ")))
	}
	return all
}
