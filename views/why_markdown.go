package views

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"willbuy/views/chart"
)

// Markdown draws a text at a width: headings, paragraphs, lists, quotes, code,
// emphasis and links, each with a mark that shows without colours. SQL in a
// block of code is highlighted.
//
// Glamour draws the same from the same parser; linking it would cost every
// start of the program 13 ms and 12 MB, which its syntax lexers and their
// styles take before main begins.
func Markdown(source string, width int, th chart.Theme) []string {
	src := []byte(source)
	d := drawer{src: src, th: th}
	lines := d.blocks(goldmark.DefaultParser().Parse(text.NewReader(src)), max(8, width))
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// drawer draws the nodes of one source.
type drawer struct {
	src []byte
	th  chart.Theme
}

// blocks draws the children of a block, a blank line between them.
func (d drawer) blocks(parent ast.Node, width int) []string {
	var out []string
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if _, inList := parent.(*ast.List); len(out) > 0 && !inList {
			out = append(out, "")
		}
		out = append(out, d.block(n, width)...)
	}
	return out
}

func (d drawer) block(n ast.Node, width int) []string {
	switch n := n.(type) {
	case *ast.Heading:
		return d.paragraph(n, d.th.Title, width)
	case *ast.List:
		return d.list(n, width)
	case *ast.Blockquote:
		return indented(d.blocks(n, width-2), d.th.Grid.Render("│ "), d.th.Grid.Render("│ "))
	case *ast.FencedCodeBlock:
		return d.code(n, string(n.Language(d.src)), width)
	case *ast.CodeBlock:
		return d.code(n, "", width)
	case *ast.ThematicBreak:
		return []string{d.th.Grid.Render(strings.Repeat("─", width))}
	case *ast.HTMLBlock: // shown as it is written
		return d.code(n, "", width)
	}
	return d.paragraph(n, lipgloss.NewStyle(), width)
}

// paragraph draws running text, wrapped at words.
func (d drawer) paragraph(n ast.Node, style lipgloss.Style, width int) []string {
	return strings.Split(lipgloss.Wrap(d.inline(n, style), width, " "), "\n")
}

func (d drawer) list(l *ast.List, width int) []string {
	var out []string
	at := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "• "
		if l.IsOrdered() {
			mark = fmt.Sprintf("%d. ", at)
			at++
		}
		if !l.IsTight && len(out) > 0 {
			out = append(out, "")
		}
		room := ansi.StringWidth(mark)
		out = append(out, indented(d.blocks(item, width-room), d.th.Accent.Render(mark), strings.Repeat(" ", room))...)
	}
	return out
}

// code draws a block of code, indented; what is too long is cut with a mark.
func (d drawer) code(n ast.Node, language string, width int) []string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(d.src))
	}
	body := strings.TrimRight(strings.ReplaceAll(b.String(), "\t", "    "), "\n")
	lines := strings.Split(body, "\n")
	if strings.EqualFold(language, "sql") {
		lines = SQL(body, d.th)
	} else {
		for i := range lines {
			lines[i] = Visible(lines[i])
		}
	}
	for i := range lines {
		lines[i] = chart.Cut(lines[i], width-2)
	}
	return indented(lines, "  ", "  ")
}

// inline draws the text of a block in a style and those of its parts.
func (d drawer) inline(parent ast.Node, style lipgloss.Style) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			b.WriteString(style.Render(Visible(string(n.Value(d.src)))))
			switch {
			case n.HardLineBreak():
				b.WriteString("\n")
			case n.SoftLineBreak():
				b.WriteString(" ")
			}
		case *ast.String:
			b.WriteString(style.Render(Visible(string(n.Value))))
		case *ast.CodeSpan:
			b.WriteString(d.inline(n, d.th.Accent.Inherit(style)))
		case *ast.Emphasis:
			if n.Level > 1 {
				b.WriteString(d.inline(n, style.Bold(true)))
			} else {
				b.WriteString(d.inline(n, style.Italic(true)))
			}
		case *ast.Link:
			b.WriteString(d.inline(n, style.Underline(true)))
			b.WriteString(d.th.Muted.Render(" (" + Visible(string(n.Destination)) + ")"))
		case *ast.AutoLink:
			b.WriteString(style.Underline(true).Render(Visible(string(n.URL(d.src)))))
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				segment := n.Segments.At(i)
				b.WriteString(style.Render(Visible(string(segment.Value(d.src)))))
			}
		default:
			b.WriteString(d.inline(n, style))
		}
	}
	return b.String()
}

// indented puts something before the first line and before the others.
func indented(lines []string, first, rest string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = first + line
		first = rest
	}
	return out
}
