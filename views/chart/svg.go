package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"
)

// SVG is a chart as a picture. It brings its own ground, light or dark as the
// reader's system is, so that it reads on any page; it has no script and asks
// for no font by name. All text is escaped.
func SVG(name string, f Figure) string {
	d := &drawing{width: 720, top: 48}
	f.draw(d)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img">`+"\n", d.width, d.height, d.width, d.height)
	fmt.Fprintf(&b, "<title>%s</title>\n%s", escaped(name), figureStyle)
	fmt.Fprintf(&b, `<rect class="ground" width="%.0f" height="%.0f" rx="6"/>`+"\n", d.width, d.height)
	fmt.Fprintf(&b, `<text class="name" x="%.0f" y="28">%s</text>`+"\n", edge, escaped(name))
	b.WriteString(d.body.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// figureStyle is the light theme, and the dark one for those who like it dark.
const figureStyle = `<style>
svg{font:13px system-ui,sans-serif}.ground{fill:#fff}text{fill:#1e1e1e}.name{font-weight:600;font-size:15px}.muted{fill:#666}
.grid{stroke:#d0d0d0;fill:none}.axis{stroke:#767676;fill:none}.track{fill:#ececec}.cross{stroke:#767676;stroke-dasharray:3 3}
.s0{fill:#0b63b5}.s1{fill:#b35900}.s2{fill:#00735a}.s3{fill:#7a3fb5}.s4{fill:#8a8a8a}
.c0,.c1,.c2,.c3,.c4{fill:none;stroke-width:2;stroke-linejoin:round}
.c0{stroke:#0b63b5}.c1{stroke:#b35900}.c2{stroke:#00735a}.c3{stroke:#7a3fb5}.c4{stroke:#8a8a8a}.dashed{stroke-dasharray:7 5}
@media (prefers-color-scheme:dark){.ground{fill:#1e1e1e}text{fill:#e6e6e6}.muted{fill:#9a9a9a}.grid{stroke:#444}.axis{stroke:#8a8a8a}.track{fill:#2c2c2c}.cross{stroke:#8a8a8a}
.s0{fill:#5fb3ff}.s1{fill:#ffb347}.s2{fill:#5fd7a0}.s3{fill:#d0a0ff}.c0{stroke:#5fb3ff}.c1{stroke:#ffb347}.c2{stroke:#5fd7a0}.c3{stroke:#d0a0ff}}
</style>
`

// Measures of a drawing in pixels.
const (
	edge    = 16.0 // free all round
	rowStep = 26.0 // from row to row
)

// drawing is an SVG in the making. What is drawn begins below top, where the
// name stands; whoever draws sets the height.
type drawing struct {
	width, height, top float64
	body               bytes.Buffer
}

func (d *drawing) rect(x, y, width, height float64, class string) {
	fmt.Fprintf(&d.body, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n", class, x, y, max(0, width), max(0, height))
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&d.body, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", class, x1, y1, x2, y2)
}

func (d *drawing) circle(x, y, r float64, class string) {
	fmt.Fprintf(&d.body, `<circle class="%s" cx="%.1f" cy="%.1f" r="%.1f"/>`+"\n", class, x, y, r)
}

// curve is a polyline through points given as x, y, x, y, …
func (d *drawing) curve(points []float64, class string) {
	fmt.Fprintf(&d.body, `<polyline class="%s" points="`, class)
	for i := 0; i+1 < len(points); i += 2 {
		fmt.Fprintf(&d.body, "%.1f,%.1f ", points[i], points[i+1])
	}
	d.body.WriteString("\"/>\n")
}

// text writes from x on, or for the anchors middle and end, about and up to it.
func (d *drawing) text(x, y float64, text, class, anchor string) {
	if text == "" {
		return
	}
	fmt.Fprintf(&d.body, `<text class="%s" x="%.1f" y="%.1f"`, class, x, y)
	if anchor != "" {
		fmt.Fprintf(&d.body, ` text-anchor="%s"`, anchor)
	}
	fmt.Fprintf(&d.body, ">%s</text>\n", escaped(text))
}

// hex writes a colour as #rrggbb.
func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// escaped makes text safe between tags; what XML cannot hold is replaced.
func escaped(text string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(text)) // a Buffer never fails
	return b.String()
}
