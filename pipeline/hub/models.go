package hub

// Model is one of the short list: tried names instead of a search.
type Model struct {
	Name      string `json:"name"`     // what people type
	Repo      string `json:"repo"`     // the repository with the ONNX export
	Base      string `json:"base"`     // the one that it was exported from; Repo where it is the same
	Revision  string `json:"revision"` // pinned commit, or a branch that is resolved and recorded
	Size      string `json:"size"`     // of the networks in floating point and in int8, as the hub's pages show them
	Languages string `json:"languages"`
	Licence   string `json:"licence"` // of the base model
	For       string `json:"for"`
}

// Models is the short list. Only models whose tokenizer willbuy has are in it:
// byte-level BPE and WordPiece.
//
// Commits, sizes and licences are from the hub's own pages: bart-large-mnli's
// networks have the SHA-256 13076f39cd0f… and 4f856ac35c04….
func Models() []Model {
	return []Model{
		{
			Name: "bart-large-mnli", Repo: "Xenova/bart-large-mnli", Base: "facebook/bart-large-mnli",
			Revision: "ec86f4b71ec4bc2cce7273bd7fac276132d59e56",
			Size:     "1.63 GB + 411 MB int8", Languages: "en", Licence: "MIT",
			For: "zero-shot classification, the reference",
		},
		{
			Name: "nli-minilm2", Repo: "cross-encoder/nli-MiniLM2-L6-H768", Base: "cross-encoder/nli-MiniLM2-L6-H768",
			Revision: "b95119ce93d3e065de6214e38cd4a97b0f2f2c6d",
			Size:     "about 330 MB", Languages: "en", Licence: "Apache-2.0",
			For: "zero-shot classification, small and fast",
		},
		{
			Name: "sentiments-student", Repo: "Xenova/distilbert-base-multilingual-cased-sentiments-student",
			Base: "lxyuan/distilbert-base-multilingual-cased-sentiments-student", Revision: "main",
			Size: "541 MB + 136 MB int8", Languages: "12: en es fr de it pt ja zh ...", Licence: "Apache-2.0",
			For: "sentiment: positive, neutral, negative",
		},
	}
}
