package duck

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ragged is the error about a csv file whose lines do not all have as many
// fields as its header, with the first line that has not.
func ragged(path string, zipped bool) error {
	none := errors.New("its lines do not all have as many fields as the first")
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var text io.Reader = file
	if zipped {
		if text, err = gzip.NewReader(file); err != nil {
			return err
		}
	}
	lines := bufio.NewReader(text)
	header, err := lines.ReadString('\n')
	if err != nil {
		return none
	}
	r := csv.NewReader(io.MultiReader(strings.NewReader(header), lines))
	r.LazyQuotes, r.ReuseRecord = true, true
	for _, comma := range ";\t|" {
		if strings.Count(header, string(comma)) > strings.Count(header, string(r.Comma)) {
			r.Comma = comma
		}
	}
	fields := 0
	for {
		record, err := r.Read()
		if errors.Is(err, csv.ErrFieldCount) {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d has %d fields, and the first line %d", line, len(record), fields)
		}
		if err != nil {
			return none
		}
		fields = len(record)
	}
}
