package main

import "github.com/spf13/cobra"

func (c *cli) textModelCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "textmodel",
		Short: "text models: get one, look into one, make it faster",
		Long:  "Model directories in Hugging Face's layout (config.json, tokenizer.json, onnx/model.onnx), which classify, sentiment and the lab's steps quality and sentiment can use in the place of the embedded model. For the registry of purchase models see willbuy model.",
		Example: `willbuy textmodel pull
willbuy textmodel pull bart-large-mnli
willbuy textmodel quantize ~/models/bart-large-mnli`,
	}, c.pullCommand(), c.inspectCommand(), c.quantizeCommand())
}
