package notify

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// secret is a password that is read when it is first needed, and again when the server refused it.
type secret struct {
	read  func(context.Context) (string, error)
	mu    sync.Mutex
	known string
}

// value is the password; stale is one that was just refused, or "". The lock only guards the
// memory: mails that need the secret at once read it at once.
func (s *secret) value(ctx context.Context, stale string) (string, error) {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known != "" && known != stale {
		return known, nil
	}
	text, err := s.read(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the mail server's password: %w", err)
	}
	text = strings.TrimSpace(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = text
	return text, nil
}
