package eligibility

import "sync"

const (
	// maxRemembered bounds the texts that are remembered, in bytes. Conditions that people write
	// are shorter; a longer one is read each time.
	maxRemembered = 4 << 10
	// generationBytes bounds what one generation of a memory takes, as far as that can be told.
	generationBytes = 2 << 20
	// entryBytes is about what an entry takes beside its text.
	entryBytes = 256
)

// remembered is what was read of texts by a function that reads the same of the same text every
// time: it saves time, and changes no result. Policies hold the same few conditions again and
// again.
//
// It has two generations. A text that is asked for moves to the younger one; when that is full, it
// becomes the older one, and what was in the older one is forgotten. So a flood of new texts drives
// out only what nobody asked for meanwhile.
type remembered[V any] struct {
	read func(text string) V
	size int // bytes of one value, beside its text

	mu         sync.Mutex
	young, old map[string]V
	bytes      int // of the young generation
}

// of returns what is read of a text. It is shared: never modify it.
func (m *remembered[V]) of(text string) V {
	if len(text) > maxRemembered {
		return m.read(text)
	}
	if v, ok := m.find(text); ok {
		return v
	}
	v := m.read(text) // by several at the same time, perhaps
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(text, v)
	return v
}

func (m *remembered[V]) find(text string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.young[text]; ok {
		return v, true
	}
	v, ok := m.old[text]
	if ok {
		delete(m.old, text)
		m.add(text, v)
	}
	return v, ok
}

// add adds to the young generation. The mutex is held.
func (m *remembered[V]) add(text string, v V) {
	if _, ok := m.young[text]; ok {
		return
	}
	// What is read of a text holds parts of it.
	cost := 3*len(text) + entryBytes + m.size
	if m.young == nil || m.bytes+cost > generationBytes {
		m.young, m.old, m.bytes = map[string]V{}, m.young, 0
	}
	m.young[text] = v
	m.bytes += cost
}
