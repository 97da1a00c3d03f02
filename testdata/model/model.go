// Package model holds the natural language inference model that the binary
// carries, so that the lab's zero-shot classification and its sentiment work
// anywhere without a download, and the reviews it learned from. It was trained
// in this folder for exactly these two; README.md says from what, how, and how
// far to trust it.
package model

import "embed"

// Files is a model directory as Hugging Face lays it out: config.json,
// tokenizer.json and onnx/model_quantized.onnx (int8; int64 input_ids,
// attention_mask and token_type_ids, each [batch, sequence], to float32
// logits [batch, 3] in the order of config.json's id2label).
//
//go:embed config.json tokenizer.json onnx/model_quantized.onnx
var Files embed.FS

// Corpus is the individually written reviews, corpus/<language>.jsonl: an
// object a line with text, quality (detailed, basic or generic), sentiment
// (positive, negative, neutral or mixed) and product (a type of the lab's shop,
// or other).
//
//go:embed corpus/*.jsonl
var Corpus embed.FS
