package views

import "willbuy/views/chart"

// Figure is a chart that a pane shows, and what it is called: to be copied as
// data or saved as a picture.
type Figure struct {
	Name string
	chart.Figure
}

// figure says that the sheet shows a chart.
func (s *sheet) figure(name string, f chart.Figure) {
	s.figures = append(s.figures, Figure{name, f})
}

// plot draws a plot, and says that the sheet shows it.
func (s *sheet) plot(p chart.Plot, width, height int) []string {
	s.figure(p.Title, p)
	return chart.Line(p, width, height, s.th)
}
