package views

import (
	"fmt"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// drawSave counts what the merge did, above the saved reviews.
func drawSave(s *sheet) {
	var parts []string
	for _, name := range []string{"inserted", "updated", "unchanged"} {
		if n, ok := fact(s.st, name); ok {
			parts = append(parts, fmt.Sprintf("%s %s", pipeline.Thousands(int64(n)), name))
		}
	}
	for _, q := range s.st.Quarantine {
		parts = append(parts, fmt.Sprintf("%s in quarantine: %s", pipeline.Thousands(q.Count), oneLine(q.Reason)))
	}
	if len(parts) > 0 && s.st.Result.Summary == "" {
		s.say(s.plainStyle(), strings.Join(parts, " · "))
	}
	s.endInGrid()
}

// drawJoin shows how many customers found their review, above the joined rows.
func drawJoin(s *sheet) {
	if all, ok := fact(s.st, "customers"); ok && all > 0 {
		share := float64(s.st.Result.Rows) / all
		text := fmt.Sprintf("  %s of customers have a review", pipeline.Percent(share))
		s.add(chart.Track(share, max(0, min(s.width, 100)-len(text)), s.th) + text)
	}
	s.endInGrid()
}

// drawEncode shows which number stands for which word, above the encoded rows.
func drawEncode(s *sheet) {
	t, ok := s.st.Table("encoders")
	if ok {
		columns, classes, codes := words(t, "COLUMN_NAME"), words(t, "CLASS"), numbers(t, "CODE")
		for i := 0; i < len(columns); {
			var parts []string
			name := columns[i]
			for ; i < len(columns) && columns[i] == name; i++ {
				parts = append(parts, fmt.Sprintf("%.0f %s", codes[i], classes[i]))
			}
			text := strings.Join(parts, " · ")
			if len(name)+2+len([]rune(text)) > s.width { // short names, so that all codes are in sight
				for k := range parts {
					code, class, _ := strings.Cut(parts[k], " ")
					parts[k] = code + " " + shortLabel(class)
				}
				text = strings.Join(parts, " · ")
			}
			s.add(s.th.Muted.Render(name+"  ") + chart.Cut(text, s.width-len(name)-2))
		}
	}
	s.endInGrid()
}

// endInGrid fills the room that is left with the step's table.
func (s *sheet) endInGrid() {
	s.gap()
	s.drawGrid()
}

// drawRegister lists the versions, the newest first, and the chosen one's
// difference to the one before, with the sample of the newest's input.
func drawRegister(s *sheet) {
	t, ok := s.st.Table("versions")
	if !ok || len(t.Rows) == 0 {
		return
	}
	cursor := s.cursor(len(t.Rows))
	shown := usedColumns(t)
	s.add(title(s.th, Visible(t.Title), pipeline.Plural(t.Total, "version"), s.width))
	s.addList(shown.Columns, shown.Rows, cursor, 0)
	if text := againstPrevious(t, cursor); text != "" {
		s.gap()
		s.say(s.plainStyle(), text)
	}
	if sample, ok := s.st.Table("sample"); ok && len(sample.Rows) > 0 {
		s.gap()
		s.addTable(sample, 5)
	}
	if hash, ok := s.st.Result.Facts["sha256"].(string); ok {
		s.gap()
		s.say(s.th.Muted, "SHA-256 "+Visible(hash))
	}
}

// usedColumns leaves out the columns in which no row has anything; a metric of
// zero is one that the objective does not have.
func usedColumns(t pipeline.Table) pipeline.Table {
	out := pipeline.Table{Name: t.Name, Title: t.Title, Total: t.Total, Rows: make([][]any, len(t.Rows))}
	for j, c := range t.Columns {
		used := false
		for _, row := range t.Rows {
			used = used || j < len(row) && row[j] != nil && row[j] != "" && !(c.Type == store.Float && row[j] == 0.0)
		}
		if !used {
			continue
		}
		out.Columns = append(out.Columns, c)
		for i, row := range t.Rows {
			value := row[j]
			if text, ok := value.(string); ok && c.Type == store.Instant {
				value = moment(text)
			}
			out.Rows[i] = append(out.Rows[i], value)
		}
	}
	return out
}

// moment writes an instant of an event to the minute.
func moment(text string) string {
	text = strings.Replace(text, "T", " ", 1)
	return text[:min(len(text), 16)]
}

// againstPrevious compares the metrics of a version with the one before it.
func againstPrevious(t pipeline.Table, i int) string {
	if i+1 >= len(t.Rows) {
		return ""
	}
	versions := words(t, "VERSION")
	var parts []string
	for _, metric := range []string{"AUC", "RMSE", "LOGLOSS"} {
		values := numbers(t, metric)
		if now, before := values[i], values[i+1]; now > 0 && before > 0 {
			verdict := "as good"
			if better := (now > before) == (metric == "AUC"); now != before && better {
				verdict = "better"
			} else if now != before {
				verdict = "worse"
			}
			parts = append(parts, fmt.Sprintf("%s %s → %s (%s)", metric, chart.Number(before), chart.Number(now), verdict))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s against %s: %s", versions[i], versions[i+1], strings.Join(parts, ", "))
}
