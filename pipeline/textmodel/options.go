package textmodel

import (
	"errors"
	"fmt"
)

// Options tells Open what the source alone does not.
type Options struct {
	// Library is the path of the ONNX Runtime library; empty to look for it
	// as FindLibrary says. A process keeps the first library that it loads.
	Library string
	// Precision picks the network of the directory and what it computes in;
	// empty means Exact.
	Precision Precision
	// Provider is the hardware that runs it; empty means CPU. One that the
	// library or the machine lacks is replaced by the CPU: see Model.Note.
	Provider Provider
}

// Precision is what a network computes in.
type Precision string

const (
	// Exact is float32. A directory that holds only a quantised network runs
	// that: see Model.Int8.
	Exact Precision = "exact"
	// Reduced runs the network of Exact in the shorter floats that a provider
	// has for it (OpenVINO bfloat16, CUDA TensorFloat-32, CoreML float16 sums).
	// On the CPU it is the same as Exact.
	Reduced Precision = "reduced"
	// Int8 runs the quantised network of the directory.
	Int8 Precision = "int8"
)

// Provider is hardware that ONNX Runtime drives, if its library was built with
// support for it.
type Provider string

// The providers. CPU is in every library.
const (
	CPU      Provider = "cpu"
	CUDA     Provider = "cuda"
	CoreML   Provider = "coreml"
	OpenVINO Provider = "openvino"
)

// Providers lists all, for those who offer a choice.
var Providers = []Provider{CPU, CUDA, CoreML, OpenVINO}

// String is the provider's name as its makers write it.
func (p Provider) String() string {
	switch p {
	case CUDA:
		return "CUDA"
	case CoreML:
		return "CoreML"
	case OpenVINO:
		return "OpenVINO"
	}
	return "CPU"
}

// Reduces tells whether the provider has a Reduced of its own.
func (p Provider) Reduces() bool { return p != "" && p != CPU }

// check fills in the defaults.
func (o *Options) check() error {
	switch o.Precision {
	case "":
		o.Precision = Exact
	case Exact, Reduced, Int8:
	default:
		return fmt.Errorf("there is no precision %q", string(o.Precision))
	}
	switch o.Provider {
	case "":
		o.Provider = CPU
	case CPU, CUDA, CoreML, OpenVINO:
	default:
		return fmt.Errorf("there is no provider %q", string(o.Provider))
	}
	return nil
}

// errNoInt8 is what a directory without a quantised network answers to Int8.
var errNoInt8 = errors.New("it holds no quantised network (onnx/model_quantized.onnx)")
