package client

import "sync"

// PlaceSet is a set of places that a walk of Terraform notes. The zero value is empty.
type PlaceSet struct {
	mu  sync.Mutex
	all map[Place]bool
}

// Add notes places.
func (s *PlaceSet) Add(places ...Place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[Place]bool{}
	}
	for _, at := range places {
		s.all[at] = true
	}
}

// Has tells whether a place was noted.
func (s *PlaceSet) Has(at Place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[at]
}
