package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/views/chart"
)

// question of `willbuy whatif`.
type whatifQuestion struct {
	model, data, table string
	row                int64
	where              string
	sets               []string
	curve              string
	flip               bool
	threshold          float64
	movable            []string
	refit              refitting
	truth              string
}

func (c *cli) whatifCommand() *cobra.Command {
	var q whatifQuestion
	cmd := &cobra.Command{
		Use:   "whatif --model FILE|NAME@ALIAS --data FILE",
		Short: "what the model expects if something were different",
		Long: `Changes customers and tells how many more purchases the model expects.

With --set: what one scenario does to all customers, to those of --where, or to the one of --row. A change is FEATURE=V, FEATURE+=D, FEATURE-=D, FEATURE*=K, FEATURE<=V (at most: larger values become V) or FEATURE>=V (at least); several --set together are one scenario. Values that nobody had are allowed, and marked.
With --curve: how the expected purchases depend on one feature.
With --flip and --row: the smallest change after which that customer is on the other side of --threshold, proven to be the smallest.
Without any of them: the table of levers, what would move purchases most. A number is capped (or lifted) at what the best tenth or quarter of all customers have, a class becomes the best one.

--label gives the intervals: the model is trained again on customers drawn anew, --refits times, by the lab's parameters unless --param gives others. An interval holds the answers of 90% of these models: how far the answer depends on who happened to be in the data, not what all of them may get wrong.

--movable names the features that the shop can change, as NAME, NAME=technical or NAME=product; all of them by default, of the lab's kinds.`,
		Example: `# what would move purchases most?
willbuy whatif --model model.json --data shop.csv --label bought

# pages half a second faster, for those who see a grid
willbuy whatif --model model.json --data shop.csv \
  --where "LAYOUT = 'grid'" --set LOAD-=0.5

willbuy whatif --model model.json --data shop.csv --curve LOAD
willbuy whatif --model model.json --data shop.csv --flip --row 17 \
  --movable LOAD,LAYOUT`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case cmd.Flags().Changed("row") && q.row < 1:
				return usagef("rows are counted from 1, there is no row %d", q.row)
			case q.row > 0 && q.where != "":
				return usagef("--row and --where exclude each other")
			case q.flip && q.row == 0:
				return usagef("--flip is about one customer: say which by --row N")
			case q.flip && (len(q.sets) > 0 || q.curve != ""), len(q.sets) > 0 && q.curve != "":
				return usagef("--set, --curve and --flip are different questions: ask one at a time")
			case !(q.threshold >= 0 && q.threshold <= 1):
				return usagef("--threshold %g: a probability lies between 0 and 1", q.threshold)
			case q.refit.draws < 2:
				return usagef("--refits %d: an interval takes two models at least", q.refit.draws)
			}
			return halted(cmd.Context(), c.whatif(cmd.Context(), q), "before the end")
		},
	}
	flags := cmd.Flags()
	dataFlags(cmd, &q.data, &q.table)
	flags.StringVar(&q.model, "model", "", modelFlag)
	flags.Int64Var(&q.row, "row", 0, "one customer, by row from 1")
	flags.StringVar(&q.where, "where", "", "the customers for whom a condition in SQL is true; it is only read")
	flags.StringArrayVar(&q.sets, "set", nil, "a change, such as LOAD-=0.5; can be repeated")
	flags.StringVar(&q.curve, "curve", "", "draw the expected purchases by the values of this feature")
	flags.BoolVar(&q.flip, "flip", false, "the smallest change that takes the customer of --row across --threshold")
	flags.Float64Var(&q.threshold, "threshold", 0.5, "predictions above it are a yes")
	flags.StringSliceVar(&q.movable, "movable", nil, "features that the shop can change: NAME or NAME=technical|product, comma-separated")
	flags.StringVar(&q.truth, "truth", "", "the true change beside the model's, by the truth.json of synthetic data")
	refitFlags(cmd, &q.refit)
	return cmd
}

// refitFlags are those of commands that can train the model again.
func refitFlags(cmd *cobra.Command, r *refitting) {
	flags := cmd.Flags()
	flags.StringVar(&r.label, "label", "", "column that says who bought (0 or 1)")
	flags.StringArrayVar(&r.settings, "param", nil, "a training parameter of the model by XGBoost's name, as name=value; can be repeated")
	flags.IntVar(&r.draws, "refits", whatif.DefaultRefits, "models that an interval rests on")
	flags.Uint64Var(&r.seed, "seed", 1, "seed of drawing customers anew")
}

func (c *cli) whatif(ctx context.Context, q whatifQuestion) error {
	shop, err := c.openShop(ctx, q.model, q.data, q.table, q.movable)
	if err != nil {
		return err
	}
	defer shop.close()
	moves := make([]whatif.Move, len(q.sets))
	for i, text := range q.sets {
		if moves[i], err = whatif.ParseMove(text, shop.inputs); err != nil {
			return pipeline.Usage(err)
		}
	}
	truth, err := shop.truth(q.truth)
	if err != nil {
		return err
	}
	everyone, rows, err := c.everyone(ctx, shop, q.refit.label)
	if err != nil {
		return err
	}
	who := everyone
	switch {
	case q.row > 0:
		who, err = shop.one(ctx, q.row)
	case q.where != "":
		if who, err = shop.chosen(ctx, q.where); err == nil && who.Customers() == 0 {
			err = usagef("--where %s: there is no such customer", q.where)
		}
	}
	if err != nil {
		return err
	}
	a := asking{cli: c, q: q, shop: shop, who: who}
	if a.study, err = whatif.New(shop.model, everyone, nil); err != nil {
		return err
	}
	if rows != nil && !q.flip && q.curve == "" {
		refits, err := c.refits(ctx, shop, everyone, rows, q.refit)
		if err != nil {
			return err
		}
		if a.study, err = whatif.New(shop.model, everyone, refits); err != nil {
			return err
		}
	}
	switch {
	case q.flip:
		return a.flip(ctx)
	case q.curve != "":
		return a.curve(ctx)
	case len(moves) > 0:
		return a.scenario(ctx, moves, truth)
	}
	return a.levers(ctx, truth)
}

// asking is a question with all that it takes to answer it.
type asking struct {
	*cli
	q     whatifQuestion
	shop  *shopData
	study *whatif.Study
	who   whatif.Population
}

// paragraph prints sentences below a blank line.
func (c *cli) paragraph(format string, args ...any) {
	c.line("")
	c.sentences(format, args...)
}

// sentences prints sentences, broken where a screen is narrow.
func (c *cli) sentences(format string, args ...any) {
	for _, line := range folded(fmt.Sprintf(format, args...), min(c.width(), 100)) {
		c.line("%s", line)
	}
}

// folded breaks a text at spaces alone: a flag or a class in two pieces is hard
// to find again.
func folded(text string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		if last < 0 || chart.Width(lines[last])+1+chart.Width(word) > width {
			lines = append(lines, word)
			continue
		}
		lines[last] += " " + word
	}
	return lines
}

// people names who is asked about.
func (a asking) people() string {
	n := a.who.Customers()
	switch {
	case n == 1 && a.q.row == 0 && a.q.where == "":
		return "The only customer"
	case a.q.row > 0:
		return fmt.Sprintf("The customer in row %d", a.q.row)
	case a.q.where != "":
		return fmt.Sprintf("%s for whom %s", pipeline.Plural(n, "customer"), a.q.where)
	}
	return "All " + pipeline.Plural(n, "customer")
}

// scenario answers --set.
func (a asking) scenario(ctx context.Context, moves []whatif.Move, truth func([]float32) float64) error {
	e, err := a.study.Change(ctx, a.who, moves)
	if err != nil {
		return err
	}
	var texts []string
	for _, m := range moves {
		texts = append(texts, m.Text(a.shop.inputs[m.Feature]))
	}
	var truly *float64
	if truth != nil {
		change := whatif.TrueChange(a.who, moves, truth)
		truly = &change
	}
	if a.json {
		return a.object(struct {
			Scenario []string `json:"scenario"`
			whatif.Effect
			PerThousand float64  `json:"per_thousand"`
			Refits      int      `json:"refits"`
			NoInterval  string   `json:"no_interval,omitempty"`
			Truth       *float64 `json:"truth,omitempty"`
			Caveat      string   `json:"caveat"`
		}{texts, e, e.PerThousand(e.Change), a.study.Refits(), a.noInterval(), truly, whatif.Caveat})
	}
	a.sentences("What if: %s?", strings.Join(texts, ", "))
	if e.Customers == 1 {
		a.paragraph("%s buys with %s by the model, and then with %s: %s points.%s", a.people(), chance(e.Before), chance(e.After), plus(100*e.Change), a.interval(e, 100, "points"))
	} else {
		a.paragraph("%s: the model expects %s purchases, and then %s. That is %s for every 1,000 customers.%s",
			a.people(), purchases(e.Before), purchases(e.After), plus(e.PerThousand(e.Change)), a.interval(e, 1000/float64(e.Customers), "for every 1,000"))
		a.line("It changes %s of them.", counted(e.Moved))
	}
	if truly != nil {
		unit := "for every 1,000"
		if e.Customers == 1 {
			*truly, unit = *truly/10, "points"
		}
		a.sentences("By the truth that the data were drawn from it is %s %s.", plus(e.PerThousand(*truly)), unit)
	}
	for _, b := range e.Beyond {
		f, err := whatif.Find(b.Feature, a.shop.inputs)
		if err != nil {
			return err
		}
		in := a.shop.inputs[f]
		a.paragraph("Beyond the data: for %s the %s would lie outside %s to %s, where nobody's does. Trees answer such values like the nearest that somebody had.",
			pipeline.Plural(b.Customers, "customer"), in, in.Value(b.Low), in.Value(b.High))
	}
	a.paragraph("%s", whatif.Caveat)
	return nil
}

// noInterval is why there is none, "" where there is one.
func (a asking) noInterval() string {
	if a.study.Refits() > 0 {
		return ""
	}
	return whatif.NoInterval
}

// interval tells how sure a change is, or why nobody can tell.
func (a asking) interval(e whatif.Effect, scale float64, unit string) string {
	if e.Interval == nil {
		return " There is " + whatif.NoInterval + " (--label)."
	}
	return fmt.Sprintf(" Nine in ten of %d models trained on customers drawn anew say %s to %s %s.", a.study.Refits(), plus(scale*e.Interval.Low), plus(scale*e.Interval.High), unit)
}

// plus writes a change with its sign: two digits are enough to act on.
func plus(x float64) string {
	text := fmt.Sprintf("%+.1f", x)
	switch {
	case text == "-0.0" || text == "+0.0":
		return "±0"
	case math.Abs(x) >= 10:
		text = fmt.Sprintf("%+.0f", x)
	}
	return strings.Replace(text, "-", "−", 1)
}

// purchases writes an expected number.
func purchases(x float64) string {
	if x >= 1000 {
		return counted(int64(x + 0.5))
	}
	return fmt.Sprintf("%.1f", x)
}
