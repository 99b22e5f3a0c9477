package client

import "sync"

// seen remembers texts, so that one walk of Terraform says each of them once.
type seen struct {
	mu    sync.Mutex
	texts map[string]bool
}

// FirstTime tells whether a text is new to this client, and remembers it.
func (c *Client) FirstTime(text string) bool {
	s := &c.seen
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts[text] {
		return false
	}
	if s.texts == nil {
		s.texts = map[string]bool{}
	}
	s.texts[text] = true
	return true
}
