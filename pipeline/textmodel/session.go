package textmodel

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// network is an ONNX file with what must be known of it to make a session.
type network struct {
	file    string // its name in the source
	path    string // on disk, or "" where data holds it
	data    []byte
	inputs  []string
	output  string
	dynamic bool // some operator quantises activations as it runs
}

// start makes the session on o.Provider and tries it; where that cannot be had
// it takes the CPU and notes why.
func (m *Model) start(n network, o Options) error {
	switch {
	case o.Provider == CPU:
	case n.dynamic:
		// OpenVINO moved the embedded model's logits by 0.2, in bfloat16 by 4.
		m.note = fmt.Sprintf("a quantised network answers differently on %s: it runs on the CPU", o.Provider)
	default:
		failed := m.startOn(n, o)
		if failed == nil {
			return nil
		}
		m.note = fmt.Sprintf("%s: runs on the CPU", failed)
	}
	return m.startOn(n, Options{Provider: CPU, Precision: o.Precision})
}

// startOn makes the session on one provider and tries it.
func (m *Model) startOn(n network, o Options) (err error) {
	m.oneRow = false
	if m.session, err = n.session(o); err != nil {
		return err
	}
	err = m.selfTest(selfTestTime)
	if err == nil && m.oneRow && o.Provider != CPU {
		// OpenVINO goes on failing after the batch that such an export refused.
		err = errors.New("it answers single rows only")
	}
	if err == nil {
		return nil
	}
	m.session.Destroy()
	if o.Provider != CPU {
		err = refused(o.Provider, err)
	}
	return err
}

// session is the network on one provider: from the file where there is one, so
// that weights kept beside it are found, else from the bytes.
func (n network) session(o Options) (*ort.DynamicAdvancedSession, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	for _, set := range []error{
		options.SetIntraOpNumThreads(1),
		options.SetInterOpNumThreads(1),
		// A pattern is kept for every shape seen, and here nearly every batch
		// has a shape of its own.
		options.SetMemPattern(false),
	} {
		if set != nil {
			return nil, set
		}
	}
	if o.Provider != CPU {
		if err := appendProvider(options, o); err != nil {
			return nil, fmt.Errorf("%s is not in this ONNX Runtime library (%s, %s)", o.Provider, loaded.Version, loaded.Path)
		}
	}
	outputs := []string{n.output}
	var session *ort.DynamicAdvancedSession
	if n.path != "" {
		session, err = ort.NewDynamicAdvancedSession(n.path, n.inputs, outputs, options)
	} else {
		session, err = ort.NewDynamicAdvancedSessionWithONNXData(n.data, n.inputs, outputs, options)
	}
	switch {
	case err == nil:
		return session, nil
	case o.Provider != CPU:
		return nil, refused(o.Provider, err)
	}
	return nil, fmt.Errorf("ONNX Runtime refuses it: %w", err)
}

// refused says what a provider made of the network, in the first words of a
// message that may be a trace through its sources.
func refused(p Provider, err error) error {
	const most = 160
	said := []rune(strings.Join(strings.Fields(err.Error()), " "))
	if len(said) > most {
		said = append(said[:most], '…')
	}
	return fmt.Errorf("%s does not take the network (%s)", p, string(said))
}

// appendProvider asks for o.Provider. A library without it says so here; that
// is how ONNX Runtime's C API tells what it offers once the binding is between.
func appendProvider(options *ort.SessionOptions, o Options) error {
	switch o.Provider {
	case CUDA:
		cuda, err := ort.NewCUDAProviderOptions()
		if err != nil {
			return err
		}
		defer cuda.Destroy()
		// TensorFloat-32 keeps 10 bits of the fraction, and is CUDA's default.
		tf32 := "0"
		if o.Precision == Reduced {
			tf32 = "1"
		}
		if err := cuda.Update(map[string]string{"use_tf32": tf32}); err != nil {
			return err
		}
		return options.AppendExecutionProviderCUDA(cuda)
	case CoreML:
		// The Neural Engine computes in float16 only; CPU and GPU take float32.
		sums := "0"
		if o.Precision == Reduced {
			sums = "1"
		}
		return options.AppendExecutionProviderCoreMLV2(map[string]string{
			"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndGPU", "AllowLowPrecisionAccumulationOnGPU": sums,
		})
	case OpenVINO:
		precision := "f32"
		if o.Precision == Reduced {
			precision = "bf16"
		}
		// One stream a core: the workers call side by side, as on the CPU.
		// load_config is JSON text here, not the path of a file.
		return options.AppendExecutionProviderOpenVINO(map[string]string{
			"device_type": "CPU",
			"load_config": fmt.Sprintf(`{"CPU":{"INFERENCE_PRECISION_HINT":%q,"NUM_STREAMS":"%d","INFERENCE_NUM_THREADS":"%[2]d"}}`,
				precision, runtime.GOMAXPROCS(0)),
		})
	}
	return fmt.Errorf("there is no provider %q", string(o.Provider))
}
