// Package world holds one Google Cloud organization in memory: its folders and projects, its
// people, groups and service accounts, and the allow policies that stand on its resources.
//
// It knows what exists, who is allowed what, and how indexes and memberships lag behind. It refuses
// a world file with an unknown key or a reference to something that the file does not hold. It
// knows no protocol: the packages of the services do. Every policy that leaves the package is a
// copy, every write of a policy gets an etag that no earlier write had, and all methods may be
// called at once from many goroutines.
package world

import (
	"fmt"
	"maps"
	"sync"
	"time"
)

// Options adjust a world. The zero value is a world on the wall clock in which everything is seen
// at once.
type Options struct {
	// Clock tells the time of everything in the world. Default: time.Now.
	Clock func() time.Time
	// IndexLag is how long the search index shows a policy as it was before.
	IndexLag time.Duration
	// MembershipLag is how long groups are shown as they were before.
	MembershipLag time.Duration
}

// World is one organization and everything in it.
type World struct {
	options    Options
	conditions *conditions

	mu               sync.Mutex
	organization     Organization
	resources        map[string]*resource
	numbers          map[string]string // project number to project id
	users            map[string]string // address to display name
	groups           map[string]*group
	accounts         map[string]ServiceAccount
	roles            map[string]Role
	secrets          map[string][][]byte // versions by name, projects/ID/secrets/NAME
	topics           map[string][]Message
	published        int // how many messages
	directoryReaders map[string]bool
	tokens           map[string]tokenOwner // by token
	lastEtag         uint64                // its number
}

// Organization is the organization. Customer is the Cloud Identity customer that owns it, Domains
// are the customer's, the primary one first.
type Organization struct {
	Number, DisplayName, Customer string
	Domains                       []string
	allowedCustomers              []string // whose members policies may name; empty: anybody's
}

func newWorld(o Options) (*World, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	environment, err := newConditions()
	if err != nil {
		return nil, fmt.Errorf("preparing the language of conditions: %w", err)
	}
	return &World{
		options:          o,
		conditions:       environment,
		resources:        map[string]*resource{},
		numbers:          map[string]string{},
		users:            map[string]string{},
		groups:           map[string]*group{},
		accounts:         map[string]ServiceAccount{},
		roles:            maps.Clone(predefined()),
		secrets:          map[string][][]byte{},
		topics:           map[string][]Message{},
		directoryReaders: map[string]bool{},
		tokens:           map[string]tokenOwner{},
	}, nil
}

// Now is the time in the world.
func (w *World) Now() time.Time { return w.options.Clock() }

// Organization is the organization, which never changes.
func (w *World) Organization() Organization { return w.organization }

// DirectoryReader tells whether the caller may read groups.
func (w *World) DirectoryReader(email string) bool { return w.directoryReaders[fold(email)] }
