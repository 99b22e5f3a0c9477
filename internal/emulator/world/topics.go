package world

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Message is one message of a topic.
type Message struct {
	ID         string            `json:"messageId"`
	Data       []byte            `json:"data,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Published  time.Time         `json:"publishTime"`
}

// Publish adds messages to a topic, projects/ID/topics/NAME, and returns the ids that they get. The
// project's number is accepted too. False if there is no such topic.
func (w *World) Publish(topic string, messages []Message) (ids []string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := w.resolveIn(topic)
	if _, ok := w.topics[name]; !ok {
		return nil, false
	}
	for _, m := range messages {
		w.published++
		m.ID, m.Published = strconv.Itoa(w.published), w.Now()
		w.topics[name] = append(w.topics[name], m)
		ids = append(ids, m.ID)
	}
	return ids, true
}

// Published returns every topic with what was published to it, the oldest first.
func (w *World) Published() map[string][]Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	topics := maps.Clone(w.topics)
	for name, messages := range topics {
		topics[name] = slices.Clone(messages)
	}
	return topics
}
