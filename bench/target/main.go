// A compiled HTTP target for measurements: small fixed responses, and exact counts of requests and responses.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// elsewhere counts all unknown paths together, so that arbitrary paths cannot fill the memory.
const elsewhere = "(elsewhere)"

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1; 0 takes any free one")
	portFile := flag.String("port-file", "", "write the port here once it listens")
	parentPipe := flag.Bool("parent-pipe", false, "end when standard input is closed")
	flag.Parse()
	if err := run(*port, *portFile, *parentPipe); err != nil {
		log.Fatal("target: ", err)
	}
}

func run(port int, portFile string, parentPipe bool) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	if err := announce(listener.Addr().(*net.TCPAddr).Port, portFile); err != nil {
		return err
	}
	server := &http.Server{Handler: newHandler(newCounters()), ReadHeaderTimeout: 15 * time.Second}
	go func() {
		waitForEnd(parentPipe)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// announce writes a temporary file and renames it, so that no reader sees an incomplete port file.
func announce(port int, portFile string) error {
	fmt.Printf("target: http://127.0.0.1:%d\n", port)
	if portFile == "" {
		return nil
	}
	temporary := portFile + ".new"
	if err := os.WriteFile(temporary, []byte(strconv.Itoa(port)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, portFile)
}

func waitForEnd(parentPipe bool) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	if parentPipe {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			ended <- syscall.SIGTERM
		}()
	}
	<-ended
}

func newHandler(counted *counters) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/_counters":
			writeJSON(w, counted.report())
		case r.URL.Path == "/_counters/reset" && r.Method == http.MethodPost:
			counted.reset()
			w.WriteHeader(http.StatusNoContent)
		case r.URL.Path == "/health":
			writeJSON(w, map[string]string{"status": "ok"})
		default:
			serveCounted(w, r, counted)
		}
	})
}

func serveCounted(w http.ResponseWriter, r *http.Request, counted *counters) {
	_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 1<<20))
	wanted := answerFor(r.URL)
	tallied := counted.countRequest(countedPath(r.URL.Path))
	if !wait(r, wanted.delay) {
		return
	}
	body := okBody
	if wanted.status >= http.StatusBadRequest {
		body = errorBody
	}
	if wanted.status != http.StatusNoContent && wanted.status != http.StatusNotModified {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(wanted.status)
	_, _ = w.Write(body) // the error is expected for 204 and 304, which allow no body
	// Counted before it is sent, so that a client finds its response counted; undone when sending fails.
	tallied.countAnswer(wanted.status, 1)
	if http.NewResponseController(w).Flush() != nil {
		tallied.countAnswer(wanted.status, -1)
	}
}

// wait returns false when the client has disconnected.
func wait(r *http.Request, delay time.Duration) bool {
	if delay == 0 {
		return r.Context().Err() == nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func countedPath(path string) string {
	if path == "/slow" || isOperation(strings.TrimPrefix(path, "/op/")) {
		return path
	}
	if code, isStatus := strings.CutPrefix(path, "/status/"); isStatus && statusOr(code, 0) != 0 {
		return path
	}
	return elsewhere
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
