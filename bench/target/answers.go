package main

import (
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	mostOperations = 1000
	mostDelayMs    = 60_000
	slowMs         = 1000
)

var (
	okBody    = []byte(`{"ok":true,"items":[1,2,3,4,5,6,7,8]}` + "\n")
	errorBody = []byte(`{"ok":false}` + "\n")
)

// answer is the response to a request and its delay.
type answer struct {
	status int
	delay  time.Duration
}

// answerFor handles /op/0 … /op/999, /status/<code> and /slow; any other path gets 404.
// The query may contain ?delay_ms=, ?status=, or ?median_ms=&sigma= (log-normal).
func answerFor(target *url.URL) answer {
	wanted := answer{status: http.StatusOK}
	switch kind, rest, _ := strings.Cut(strings.TrimPrefix(target.Path, "/"), "/"); kind {
	case "op":
		if !isOperation(rest) {
			wanted.status = http.StatusNotFound
		}
	case "status":
		wanted.status = statusOr(rest, http.StatusNotFound)
	case "slow":
		wanted.delay = slowMs * time.Millisecond
	default:
		wanted.status = http.StatusNotFound
	}
	if target.RawQuery != "" {
		applyQuery(&wanted, target.Query())
	}
	return wanted
}

func applyQuery(wanted *answer, query url.Values) {
	wanted.status = statusOr(query.Get("status"), wanted.status)
	if delayMs, err := strconv.Atoi(query.Get("delay_ms")); err == nil && delayMs >= 0 && delayMs <= mostDelayMs {
		wanted.delay = time.Duration(delayMs) * time.Millisecond
	}
	if medianMs, err := strconv.ParseFloat(query.Get("median_ms"), 64); err == nil {
		sigma, _ := strconv.ParseFloat(query.Get("sigma"), 64)
		drawnMs := medianMs * math.Exp(sigma*rand.NormFloat64())
		wanted.delay = time.Duration(math.Max(0, math.Min(drawnMs, mostDelayMs)) * float64(time.Millisecond))
	}
}

func isOperation(text string) bool {
	number, err := strconv.Atoi(text)
	return err == nil && number >= 0 && number < mostOperations && strconv.Itoa(number) == text
}

func statusOr(text string, otherwise int) int {
	status, err := strconv.Atoi(text)
	if err != nil || status < 200 || status > lastStatus {
		return otherwise
	}
	return status
}
