package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"willbuy/pipeline"
)

// helpCommand is `willbuy help COMMAND`, which, unlike cobra's own, knows when
// there is no such command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "help about a command", Example: "willbuy help run\nwillbuy help model diff",
		GroupID: careGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, left, err := cmd.Root().Find(args)
			if err == nil {
				err = noSuchCommand(found, left)
			}
			if err != nil {
				return err
			}
			return found.Help()
		},
	}
}

// explainCompletion gives cobra's completion commands examples, and an answer
// to a shell that they do not know.
func explainCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		cmd.Short, cmd.Example = "completion for your shell", "source <(willbuy completion bash)\nwillbuy completion zsh > \"${fpath[1]}/_willbuy\""
		group(cmd)
		for _, shell := range cmd.Commands() {
			shell.Short, shell.Example = "completion for "+shell.Name(), "willbuy completion "+shell.Name()
		}
	}
}

// flagError says in our words what is wrong with a flag, and which one was
// probably meant.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		flag := invalid.GetFlag()
		err := fmt.Errorf("--%s takes %s, not %q", flag.Name, valueKind(flag.Value.Type()), invalid.GetValue())
		if flag.Value.Type() == nameList {
			return pipeline.Hint(err, `A name with a comma or a quote in it stands in quotes, as in csv: '"a,b"' or '"say ""a"""'.`)
		}
		return err
	}
	var lacking *pflag.ValueRequiredError
	if errors.As(err, &lacking) {
		return fmt.Errorf("--%s takes %s, but nothing follows it", lacking.GetFlag().Name, valueKind(lacking.GetFlag().Value.Type()))
	}
	var malformed *pflag.InvalidSyntaxError
	if errors.As(err, &malformed) {
		return fmt.Errorf("%q is no flag: a flag is --name", malformed.GetSpecifiedFlag())
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	name := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("there is no flag -%s: flags have names, as in --json", name)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("there is no flag --%s%s", name, meant(name, names, "--"))
}

// nameList is pflag's type of a list with commas, which it reads as a csv line.
const nameList = "stringSlice"

// valueKind names what a flag takes.
func valueKind(kind string) string {
	switch kind {
	case "int", "int64":
		return "a whole number"
	case "uint64":
		return "a whole number from 0 up"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	case nameList:
		return "names separated by commas"
	}
	return "a value"
}
