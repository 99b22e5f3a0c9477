package keyset

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// fetchTimeout bounds a fetch, its second try included.
	fetchTimeout = 5 * time.Second
	retryDelay   = 100 * time.Millisecond
	maxResponse  = 256 << 10
)

// temporary marks an error that may be over a moment later.
type temporary struct{ error }

func (o temporary) Unwrap() error { return o.error }

// fetch reads the keys and how long they may be kept. A broken connection or a 5xx is tried once
// more.
func (s *Set) fetch(ctx context.Context) (map[string]crypto.PublicKey, time.Duration, error) {
	keys, age, err := s.fetchOnce(ctx)
	if errors.As(err, new(temporary)) {
		select {
		case <-time.After(retryDelay):
			keys, age, err = s.fetchOnce(ctx)
		case <-ctx.Done():
		}
	}
	if err != nil {
		return nil, 0, fmt.Errorf("fetching keys from %s: %w", s.url, err)
	}
	return keys, age, nil
}

func (s *Set) fetchOnce(ctx context.Context) (map[string]crypto.PublicKey, time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the caller names the URL
		}
		return nil, 0, temporary{err}
	}
	defer res.Body.Close()
	if res.StatusCode >= 500 {
		return nil, 0, temporary{fmt.Errorf("status %d", res.StatusCode)}
	}
	if res.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("status %d", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxResponse+1))
	if err != nil {
		return nil, 0, temporary{err}
	}
	if len(body) > maxResponse {
		return nil, 0, fmt.Errorf("the answer is longer than %d bytes", maxResponse)
	}
	keys, err := parseKeys(body)
	return keys, s.keyAge(res.Header), err
}

// keyAge is the publisher's max-age between MinRefetch and MaxAge.
func (s *Set) keyAge(h http.Header) time.Duration {
	for directive := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return min(s.minRefetch, s.maxAge)
		case "max-age":
			seconds, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 32)
			if err == nil {
				age := time.Duration(seconds) * time.Second
				return min(max(age, s.minRefetch), s.maxAge)
			}
		}
	}
	return s.maxAge
}
