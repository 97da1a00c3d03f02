package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/reviews"
	"willbuy/store"
)

// parseBatch is how many records are parsed between two appends. Of a million,
// 20,000 at a time took 110 MB more and 4 s less.
const parseBatch = 5_000

// rawShown is how much of a quarantined record an event carries.
const rawShown = 200

var parseStep = &Step{
	ID: "parse", Title: "Parse", Version: 1, Needs: []string{"read"}, Spare: true,
	Question: "which records are reviews, and which are damaged?",
	Look:     "The quarantine: every record there says why. Are the reasons what you expected?",
	Code: func(Lab, Values) string {
		return "for each record of " + RecordsTable + ":\n    UUID, text → " + ParsedTable +
			"\n    or (file, line, reason, raw bytes) → " + QuarantineTable
	},
	Checks: []Rule{
		{Name: "accepted, quarantined and blank lines add up to the lines of each file", Query: func(Lab) string {
			return `SELECT f.FILE, f.LINES, f.BLANK, COALESCE(p.N, 0) AS ACCEPTED, COALESCE(q.N, 0) AS QUARANTINED
FROM REVIEW_FILES f
LEFT JOIN (SELECT FILE, SUM(LINES) AS N FROM PARSED_REVIEWS GROUP BY FILE) p ON p.FILE = f.FILE
LEFT JOIN (SELECT FILE, SUM(LINES) AS N FROM QUARANTINE WHERE STEP = 'parse' GROUP BY FILE) q ON q.FILE = f.FILE
WHERE f.LINES <> f.BLANK + COALESCE(p.N, 0) + COALESCE(q.N, 0)`
		}},
		{Name: "no accepted review is empty", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT FILE, LINE FROM %s WHERE %s IS NULL OR TRIM(%[2]s) = ''", ParsedTable, Ident(l.Text))
		}},
	},
	Run: parse,
}

func parse(ctx context.Context, x *Exec) (StepFinished, error) {
	total, err := x.Count(ctx, "SELECT COUNT(*) FROM "+RecordsTable)
	if err != nil {
		return StepFinished{}, err
	}
	var put quarantine
	accepted := int64(0)
	err = x.Write(ctx, "all", x.Fingerprint, func(w store.Writer) error {
		if _, err := w.Delete(ParsedTable, "", nil); err != nil {
			return err
		}
		if _, err := w.Delete(QuarantineTable, "STEP", "parse"); err != nil {
			return err
		}
		done := int64(0)
		return x.records(ctx, func(batch []reviews.Record) error {
			var good, bad [][]any
			for _, rec := range batch {
				review, reject := reviews.Parse(rec)
				if reject != nil {
					put.add(string(reject.Reason), reject.File, int64(reject.Line), reject.Raw)
					bad = append(bad, []any{"parse", reject.File, int64(reject.Line), int64(reject.Lines), string(reject.Reason), reject.Raw})
					continue
				}
				good = append(good, []any{review.File, int64(review.Line), int64(review.Lines), review.UUID, review.Text})
			}
			if _, err := w.Append(ParsedTable, each(good)); err != nil {
				return err
			}
			if _, err := w.Append(QuarantineTable, each(bad)); err != nil {
				return err
			}
			accepted += int64(len(good))
			done += int64(len(batch))
			x.Progress(done, total, "records")
			return nil
		})
	})
	if err != nil {
		return StepFinished{}, err
	}
	put.report(x)
	if err := x.showQuarantined(ctx, total-accepted); err != nil {
		return StepFinished{}, err
	}
	if accepted == 0 {
		return StepFinished{}, Hint(fmt.Errorf("none of %s could be parsed: all are in quarantine", Plural(total, "record")),
			`Look at the reasons: willbuy sql "SELECT REASON, COUNT(*) FROM QUARANTINE GROUP BY REASON". A record is "uuid","text".`)
	}
	out, err := x.Made(ctx, ParsedTable, "FILE, LINE")
	out.Unit = "reviews"
	out.Summary = fmt.Sprintf("%s reviews parsed, %s in quarantine.", Thousands(out.Rows), Plural(total-accepted, "record"))
	if err != nil {
		return out, err
	}
	fixed, err := x.Count(ctx, fmt.Sprintf("SELECT COUNT(*) FROM (%s) q WHERE FIXED = 'yes'", SQL("quarantine", x.Lab)))
	if fixed > 0 {
		out.Facts = map[string]any{"fixed": fixed}
		out.Summary = fmt.Sprintf("%s reviews parsed, %s in quarantine, %s of them fixed.", Thousands(out.Rows), Plural(total-accepted, "record"), Thousands(fixed))
	}
	return out, err
}

// showQuarantined shows the first records that did not parse, a few of each
// reason.
func (x *Exec) showQuarantined(ctx context.Context, total int64) error {
	rows, err := x.Store.Query(ctx, fmt.Sprintf(`SELECT REASON, FILE, LINE, RAW
FROM (SELECT q.*, ROW_NUMBER() OVER (PARTITION BY REASON ORDER BY FILE, LINE) AS PLACE FROM %s q WHERE STEP = 'parse') numbered
ORDER BY PLACE, REASON LIMIT %d`, QuarantineTable, PreviewRows))
	if err != nil {
		return err
	}
	found, err := rows.Collect(PreviewRows)
	if err != nil {
		return err
	}
	for _, row := range found {
		raw, _ := row[3].([]byte)
		row[3] = escaped(raw)
	}
	columns := slices.Clone(rows.Columns)
	columns[3].Type = store.String
	x.emit(x.step.ID, KindTable, Table{Name: "quarantine", Title: "In quarantine", Columns: columns, Rows: plain(found), Total: total})
	return nil
}

// escaped makes a record's first bytes printable text.
func escaped(raw []byte) string {
	shown := strconv.Quote(string(raw[:min(len(raw), rawShown)]))
	return strings.ReplaceAll(shown[1:len(shown)-1], `\"`, `"`)
}

// records streams the raw records in batches, in the order of the files. Each
// batch is a query: the store holds all rows of a result in memory.
func (x *Exec) records(ctx context.Context, use func([]reviews.Record) error) error {
	file, line := "", 0
	for {
		batch, err := x.recordsAfter(ctx, file, line)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := use(batch); err != nil {
			return err
		}
		last := batch[len(batch)-1]
		file, line = last.File, last.Line
	}
}

// recordsAfter gives the next records behind a place.
func (x *Exec) recordsAfter(ctx context.Context, file string, line int) ([]reviews.Record, error) {
	rows, err := x.Store.Query(ctx, fmt.Sprintf(`SELECT FILE, LINE, LINES, SIZE, UTF16, RAW FROM %s
WHERE FILE >= ? AND (FILE > ? OR LINE > ?) ORDER BY FILE, LINE LIMIT %d`, RecordsTable, parseBatch), file, file, line)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var batch []reviews.Record
	for rows.Next() {
		var r reviews.Record
		if err := rows.Scan(&r.File, &r.Line, &r.Lines, &r.Size, &r.UTF16, &r.Raw); err != nil {
			return nil, err
		}
		batch = append(batch, r)
	}
	return batch, errors.Join(rows.Err(), ctx.Err())
}

// quarantine counts records by reason and keeps the first of each.
type quarantine struct{ reasons []Quarantine }

func (q *quarantine) add(reason, file string, line int64, raw []byte) {
	i := slices.IndexFunc(q.reasons, func(r Quarantine) bool { return r.Reason == reason })
	if i < 0 {
		i = len(q.reasons)
		q.reasons = append(q.reasons, Quarantine{Reason: reason, File: file, Line: line, Raw: escaped(raw)})
	}
	q.reasons[i].Count++
}

func (q *quarantine) report(x *Exec) {
	for _, r := range q.reasons {
		x.Quarantined(r)
	}
}

// each is a sequence of rows that are in memory.
func each(rows [][]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}
