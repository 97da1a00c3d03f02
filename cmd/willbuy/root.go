package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/nearest"
	"willbuy/tui"
)

// The groups of commands in the help.
const (
	labGroup   = "lab"
	fileGroup  = "files"
	laterGroup = "automation"
	careGroup  = "care"
)

func newRoot(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:   "willbuy",
		Short: "Will they buy? From raw reviews to explained purchase predictions.",
		Long: `Will they buy? willbuy takes you from raw customer reviews and web-shop metrics to explained purchase predictions, step by step.

Without a command it opens the workbench; where there is no terminal it prints the status of the lab and says how to go on.`,
		Example: `# open the workbench on the lab in this folder
willbuy

# run the whole lab without a terminal, then look
willbuy run
willbuy show explain

# the manual page
willbuy man | man -l -`,
		Args: noSuchCommand,
		RunE: c.workbench,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.dir, "workspace", "willbuy-lab", "folder of the lab, made on first use")
	flags.BoolVar(&c.json, "json", false, "one JSON object a line on stdout")
	flags.BoolVar(&c.plain, "plain", false, "linear text: no colours, no redrawing; the default where stdout is no terminal")
	flags.BoolVar(&c.quiet, "quiet", false, "no progress and no remarks, only results and errors")
	flags.BoolVar(&c.noColor, "no-color", c.noColor, "no colours; the same as a non-empty NO_COLOR")
	flags.StringVar(&c.themeName, "theme", "auto", "colours: "+strings.Join(tui.Themes, ", "))
	flags.BoolVar(&c.still, "no-motion", false, "nothing blinks, and what a run changes is shown once a second")
	presentFlag(c, root)
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return tui.CheckTheme(c.themeName) }

	root.AddGroup(
		&cobra.Group{ID: labGroup, Title: "The lab"},
		&cobra.Group{ID: fileGroup, Title: "On files, without a lab"},
		&cobra.Group{ID: laterGroup, Title: "Workers, jobs and the daily graph"},
		&cobra.Group{ID: careGroup, Title: "Care"})
	add := func(group string, commands ...*cobra.Command) {
		for _, cmd := range commands {
			cmd.GroupID = group
			root.AddCommand(cmd)
		}
	}
	add(labGroup, c.runCommand(), c.statusCommand(), c.showCommand(), c.paramsCommand(), c.sqlCommand(), c.modelCommand(), c.runsCommand(), c.replayCommand())
	add(fileGroup, c.synthCommand(), c.parseCommand(), c.classifyCommand(), c.tokenizeCommand(), c.sentimentCommand(), c.textModelCommand(), c.trainCommand(), c.predictCommand(), c.explainCommand(), c.whatifCommand(), c.tuneCommand(), c.compareCommand())
	add(laterGroup, c.clusterCommand(), c.jobsCommand(), c.dagCommand())
	add(careGroup, c.resetCommand(), c.doctorCommand())
	root.SetHelpCommand(helpCommand())
	root.SetCompletionCommandGroupID(careGroup)
	explainCompletion(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		c.helpFor = cmd.CommandPath() + " --help"
		return pipeline.Usage(flagError(cmd, err))
	})
	c.adopt(root)
	return root
}

// adopt lets us tell the errors of every command ourselves, and which help to
// look into.
func (c *cli) adopt(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			c.failed = run(cmd, args)
			return nil
		}
	}
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		c.helpFor = cmd.CommandPath() + " --help"
		if check == nil {
			return nil
		}
		if err := check(cmd, args); err != nil {
			return pipeline.Usage(err)
		}
		return nil
	}
	for _, sub := range cmd.Commands() {
		c.adopt(sub)
	}
}

// meant is "; did you mean X?", or nothing where no candidate is near.
func meant(word string, candidates []string, prefix string) string {
	if near := nearest.Close(word, candidates); near != "" {
		return "; did you mean " + prefix + near + "?"
	}
	return ""
}

// noSuchCommand is for commands that have others below them and take no
// arguments of their own.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return usagef("there is no command %q in %s%s", args[0], cmd.CommandPath(), meant(args[0], names, ""))
}

// group is a command that only holds others.
func group(cmd *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	cmd.Args = noSuchCommand
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(subs...)
	return cmd
}

// noArguments is for commands that take flags alone.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, but there is %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// between takes at least low arguments and at most high (any number when
// negative); noun says what one of them is.
func between(low, high int, noun string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		want := pipeline.Plural(int64(low), noun)
		switch {
		case len(args) >= low && (high < 0 || len(args) <= high):
			return nil
		case high < 0:
			want = "at least " + want
		case high > low:
			want = fmt.Sprintf("%d to %s", low, pipeline.Plural(int64(high), noun))
		}
		return usagef("%s takes %s, not %d", cmd.CommandPath(), want, len(args))
	}
}

// usagef is an error about the words of the command line.
func usagef(format string, args ...any) error { return pipeline.Usage(fmt.Errorf(format, args...)) }
