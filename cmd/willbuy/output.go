package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/tui"
	"willbuy/views"
	"willbuy/views/chart"
)

// wideEnough is the width of text that goes to no screen: nothing is cut.
const wideEnough = 1 << 16

// line prints one line of a result.
func (c *cli) line(format string, args ...any) {
	fmt.Fprintln(c.out, views.Visible(fmt.Sprintf(format, args...)))
}

// object prints a result as one line of JSON.
func (c *cli) object(v any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// width is how wide a table may be.
func (c *cli) width() int {
	if w, _, err := term.GetSize(os.Stdout.Fd()); err == nil && w > 0 {
		return w
	}
	return wideEnough
}

// theme is how charts and tables are coloured: not at all where nobody sees it
// or wants it, else for the ground that the terminal says it has.
func (c *cli) theme() chart.Theme {
	if c.noColor || c.plain || !terminal() {
		return chart.NoColor
	}
	return *tui.Theme(c.themeName, colorprofile.Detect(os.Stdout, os.Environ()), ground)
}

// ground asks the terminal for its background.
func ground() chart.Ground {
	background, err := lipgloss.BackgroundColor(os.Stdin, os.Stdout)
	switch {
	case err != nil || background == nil:
		return chart.OnUnknown
	case chart.IsDark(background):
		return chart.OnDark
	}
	return chart.OnLight
}

// drawn prints what was drawn with the theme, in the colours that the terminal
// has.
func (c *cli) drawn(text string) {
	profile := colorprofile.NoTTY
	if screen() && !c.noColor && !c.plain {
		profile = colorprofile.Detect(os.Stdout, os.Environ())
	}
	w := &colorprofile.Writer{Forward: c.out, Profile: profile}
	if text = chart.Isolate(text); tui.ASCIIOnly(os.Getenv) {
		text = chart.ASCII(text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// table prints rows below their column names, or as JSON objects.
func (c *cli) table(columns []store.Column, rows [][]any) error {
	if c.json {
		for _, row := range rows {
			if err := c.object(record{columns, row}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, row := range rows {
		for i, v := range row {
			if t, ok := v.(time.Time); ok {
				row[i] = t.Truncate(time.Second) // nobody waits for less
			}
		}
		tableText(columns, row)
	}
	c.drawn(views.Table(columns, rows, c.width(), int64(len(rows)), c.theme()))
	return nil
}

// tableText makes the values of a row fit for a table.
func tableText(columns []store.Column, row []any) {
	for i, v := range row {
		switch v := cell(v, columns[i].Type).(type) {
		case []any, map[string]any:
			row[i] = csvText(v, columns[i].Type)
		default:
			row[i] = v
		}
	}
}

// record is a row that becomes a JSON object with its keys in the order of the
// columns.
type record struct {
	columns []store.Column
	row     []any
}

func (r record) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, column := range r.columns {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(column.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(cell(r.row[i], column.Type))
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", column.Name, err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// cell makes a value of the store fit for JSON, csv and tables alike: numbers
// stay numbers unless they are NaN or infinite, lists and structs what they
// are; times, bytes and the other types of the engine become text.
func cell(v any, t store.Type) any {
	switch v := v.(type) {
	case nil, bool, string, []any, map[string]any, *big.Int, int, int8, int16, int32, int64, uint8, uint16, uint32, uint64:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return v
	case float32: // the number that was meant, not the nearest float32 to it
		x, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		if err != nil {
			x = float64(v)
		}
		return cell(x, t)
	case []byte:
		if t != store.Binary && len(v) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:]) // a UUID
		}
		if utf8.Valid(v) {
			return string(v)
		}
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format("2006-01-02 15:04:05.999999")
	case interface{ Float64() float64 }: // a decimal
		return v.Float64()
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(v)
}

// csvText is a value as a csv field; an absent one is empty.
func csvText(v any, t store.Type) string {
	switch v := cell(v, t).(type) {
	case nil:
		return ""
	case float64, []any, map[string]any:
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(text)
	default:
		return fmt.Sprint(v)
	}
}

// writeCSV streams rows with a header.
func writeCSV(w io.Writer, rows *store.Rows) error {
	out := csv.NewWriter(w)
	fields := make([]string, len(rows.Columns))
	for i, column := range rows.Columns {
		fields[i] = column.Name
	}
	err := out.Write(fields)
	for err == nil && rows.Next() {
		var row []any
		if row, err = scan(rows); err != nil {
			break
		}
		for i, v := range row {
			fields[i] = csvText(v, rows.Columns[i].Type)
		}
		err = out.Write(fields)
	}
	out.Flush()
	if err == nil {
		err = rows.Err()
	}
	if err == nil {
		err = out.Error()
	}
	return err
}

// scan reads the row that Next found.
func scan(rows *store.Rows) ([]any, error) {
	row := make([]any, len(rows.Columns))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	return row, rows.Scan(into...)
}

// column is a column of a table that we print.
func column(name string, t store.Type) store.Column { return store.Column{Name: name, Type: t} }

// meter tells on stderr how far something is, at most every two seconds.
type meter struct {
	c     *cli
	noun  string
	began time.Time
	told  time.Time
}

func (c *cli) meter(noun string) *meter {
	now := time.Now()
	return &meter{c: c, noun: noun, began: now, told: now}
}

// at is told how much is done of a total, 0 when not known.
func (m *meter) at(done, total int64) {
	now := time.Now()
	if now.Sub(m.told) < 2*time.Second {
		return
	}
	m.told = now
	rate := float64(done) / now.Sub(m.began).Seconds()
	if total > 0 {
		m.c.remark("%s of %s, %.3g a second", counted(done), pipeline.Plural(total, m.noun), rate)
		return
	}
	m.c.remark("%s, %.3g a second", pipeline.Plural(done, m.noun), rate)
}
