package client

import "sync"

// Imported are the bindings that one walk of Terraform imports, as places without a member. The
// plan of an import block follows in the same walk; terraform import plans nothing.
type Imported struct {
	mu  sync.Mutex
	all map[Place]bool
}

// Add notes an import.
func (i *Imported) Add(binding Place) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.all == nil {
		i.all = map[Place]bool{}
	}
	i.all[binding] = true
}

// Has tells whether a binding was imported.
func (i *Imported) Has(binding Place) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.all[binding]
}
