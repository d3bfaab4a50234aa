package main

import (
	"strconv"
	"sync"
	"sync/atomic"
)

const (
	firstStatus = 100
	lastStatus  = 599
)

// tally counts one path. A request is received when its handler starts, and answered when the kernel has accepted the response.
type tally struct {
	received atomic.Int64
	answered atomic.Int64
	statuses [lastStatus - firstStatus + 1]atomic.Int64
}

func (t *tally) countAnswer(status int, by int64) {
	t.answered.Add(by)
	t.statuses[status-firstStatus].Add(by)
}

// tallyReport is the JSON form of a tally.
type tallyReport struct {
	Received int64            `json:"received"`
	Answered int64            `json:"answered"`
	Statuses map[string]int64 `json:"statuses"`
}

// countersReport has the same shape as the demo service's counters.
type countersReport struct {
	Operations map[string]tallyReport `json:"operations"`
	tallyReport
}

// counters holds a tally per path. A reset swaps the whole set: a request in progress is counted in the old set.
type counters struct {
	current atomic.Pointer[sync.Map]
}

func newCounters() *counters {
	c := &counters{}
	c.reset()
	return c
}

func (c *counters) reset() {
	c.current.Store(&sync.Map{})
}

func (c *counters) countRequest(path string) *tally {
	tallies := c.current.Load()
	found, ok := tallies.Load(path)
	if !ok {
		found, _ = tallies.LoadOrStore(path, &tally{})
	}
	counted := found.(*tally)
	counted.received.Add(1)
	return counted
}

func (c *counters) report() countersReport {
	total := tallyReport{Statuses: map[string]int64{}}
	operations := map[string]tallyReport{}
	c.current.Load().Range(func(path, counted any) bool {
		one := counted.(*tally).report()
		operations[path.(string)] = one
		total.Received += one.Received
		total.Answered += one.Answered
		for status, count := range one.Statuses {
			total.Statuses[status] += count
		}
		return true
	})
	return countersReport{Operations: operations, tallyReport: total}
}

func (t *tally) report() tallyReport {
	// Read answers before requests, so that a report under load never has more answers than requests.
	report := tallyReport{Answered: t.answered.Load(), Statuses: map[string]int64{}}
	for index := range t.statuses {
		if count := t.statuses[index].Load(); count > 0 {
			report.Statuses[strconv.Itoa(firstStatus+index)] = count
		}
	}
	report.Received = t.received.Load()
	return report
}
