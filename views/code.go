package views

import (
	"fmt"
	"regexp"
	"strings"

	"charm.land/lipgloss/v2"

	"willbuy/views/chart"
)

// drawCode is what really runs, parameters in place, with line numbers. Long
// lines go on below, indented.
func (s *sheet) drawCode() {
	if s.f.Step.Code == nil {
		s.say(s.th.Muted, "This step only shows what is there: it runs no code of its own.")
		return
	}
	code := s.f.Step.Code(s.f.Lab, s.f.Values)
	if s.st.Code != "" && s.st.Code != code {
		s.marked("~", s.th.Running, s.plainStyle(), "This is what will run now; the last run had other values.")
		s.gap()
	}
	lines := strings.Split(strings.TrimRight(code, "\n"), "\n")
	digits := len(fmt.Sprint(len(lines)))
	room := s.width - digits - 2
	for i, line := range lines {
		for j, part := range strings.Split(lipgloss.Wrap(highlight(Visible(strings.ReplaceAll(line, "\t", "    ")), s.th), max(8, room-2), " ,("), "\n") {
			gutter := fmt.Sprintf("%*d  ", digits, i+1)
			if j > 0 {
				gutter, part = strings.Repeat(" ", digits)+"  ", "  "+part
			}
			s.add(s.th.Muted.Render(gutter) + part)
		}
	}
}

// token finds, in this order, comments, texts, words and the rest.
var token = regexp.MustCompile(`--.*|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z_0-9]*|[^A-Za-z_'"-]+|.`)

var keywords = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`SELECT FROM WHERE GROUP BY ORDER HAVING JOIN INNER LEFT OUTER ON AS AND OR NOT NULL IS IN CASE WHEN THEN
ELSE END CREATE TABLE STAGE IF EXISTS INSERT INTO VALUES MERGE USING UPDATE SET DELETE DISTINCT LIMIT ALL OVER PARTITION
CAST WITH UNION BETWEEN LIKE ASC DESC PUT COPY LIST PATTERN REPLACE`) {
		set[w] = true
	}
	return set
}()

// highlight colours SQL lightly: keywords, texts and comments. Keywords are in
// capitals, so nothing is lost without colours.
func highlight(line string, th chart.Theme) string {
	return token.ReplaceAllStringFunc(line, func(t string) string {
		switch {
		case strings.HasPrefix(t, "--"):
			return th.Muted.Render(t)
		case strings.HasPrefix(t, "'"):
			return th.Down.Render(t)
		case keywords[t]:
			return th.Up.Render(t)
		}
		return t
	})
}
