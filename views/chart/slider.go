package chart

import "math"

// Slider draws where a value lies between its least and its largest, 0 to 1:
// where it is and where it is moved to, if that is another place. A NaN has no
// place.
func Slider(from, to float64, width int, th Theme) string {
	if width < 1 {
		return ""
	}
	c := newCanvas(width, 1, th.Grid, th.Muted, th.Up, th.Down)
	for x := range width {
		c.set(x, 0, '·', 1)
	}
	at := func(v float64) int { return int(math.Round(min(max(v, 0), 1) * float64(width-1))) }
	if math.IsNaN(to) {
		return c.lines()[0]
	}
	ink := uint8(3)
	if !math.IsNaN(from) && at(from) != at(to) {
		if to < from {
			ink = 4
		}
		for x := min(at(from), at(to)); x <= max(at(from), at(to)); x++ {
			c.set(x, 0, '━', ink)
		}
		c.set(at(from), 0, '○', 2)
	}
	c.set(at(to), 0, '●', ink)
	return c.lines()[0]
}
