package chart

// Diverging draws one row a push, each from a common zero: what speaks for at
// the right, what speaks against at the left.
func Diverging(pushes Pushes, width int, th Theme) []string {
	names, values, texts := 0, 0, 0
	lo, hi := 0.0, 0.0
	decimals := decimalsOf(pushes)
	for _, p := range pushes {
		names = max(names, Width(p.Name))
		values = max(values, Width(p.Value))
		texts = max(texts, Width(Signed(p.By, decimals)))
		lo, hi = min(lo, p.By), max(hi, p.By)
	}
	texts = min(texts, width)
	names = min(names, max(4, width/3))
	values = min(values, width/3)
	room := width - names - values - texts - 5
	if room < 8 {
		room, values = 0, 0
		names = max(0, min(names, width-texts-1))
	}
	block := newStairs(lo, hi, room, len(pushes), th)
	for i, p := range pushes {
		block.bar(i, 0, p.By)
	}
	bars, paint := block.c.lines(), newPushBrushes(th)
	var out []string
	for i, p := range pushes {
		text := Signed(p.By, decimals)
		line := Pad(p.Name, names) + " "
		if room > 0 {
			line += Pad(bars[i], room) + "  "
		}
		line += paint.paint(PadLeft(text, texts))
		if values > 0 {
			line += "  " + paint.none.paint(PadLeft(p.Value, values))
		}
		out = append(out, Cut(line, width))
	}
	return out
}
