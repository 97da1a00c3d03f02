package views

import (
	"fmt"
	"strings"

	"willbuy/pipeline"
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
