// Command tally reads the output of `go test -json` and says what people want
// to know: a line a package, all that a failed test printed, and in the last
// line the counts. It exits with 1 if anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// event is a line of `go test -json`; Test is empty for the package itself.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

func main() {
	printed := map[string]*strings.Builder{} // by package and test
	tests := map[string]int{}                // by package
	var passed, failed, skipped, broken int
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			break
		}
		var e event
		if json.Unmarshal(line, &e) != nil { // not of a test: a build that failed
			os.Stdout.Write(line)
			continue
		}
		id := e.Package + " " + e.Test
		switch {
		case e.Action == "output":
			if printed[id] == nil {
				printed[id] = &strings.Builder{}
			}
			printed[id].WriteString(e.Output)
		case e.Action == "build-output":
			fmt.Print(e.Output)
		case e.Test == "" && e.Action == "fail":
			broken++
			if printed[id] != nil {
				fmt.Print(printed[id])
			}
			fmt.Printf("FAIL %s %.1fs\n", e.Package, e.Elapsed)
		case e.Test == "" && e.Action == "pass":
			fmt.Printf("ok   %-36s %4d tests %6.1fs\n", e.Package, tests[e.Package], e.Elapsed)
		case e.Test == "" || e.Action != "pass" && e.Action != "fail" && e.Action != "skip":
			continue
		case e.Action == "fail":
			failed++
			tests[e.Package]++
			fmt.Print(printed[id])
		case e.Action == "skip":
			skipped++
			fmt.Print(printed[id])
		default:
			passed++
			tests[e.Package]++
		}
		if e.Action != "output" {
			delete(printed, id)
		}
	}
	if skipped > 0 {
		fmt.Printf("%d skipped\n", skipped)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed+broken > 0 || passed == 0 {
		os.Exit(1)
	}
}
