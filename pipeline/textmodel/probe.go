package textmodel

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// The head of OrtApiBase in onnxruntime_c_api.h, unchanged since 1.0.
struct api_base {
	const void *(*get_api)(uint32_t version);
	const char *(*version)(void);
};

// ort_version returns the version a loaded library states, or NULL.
static const char *ort_version(void *library) {
	const struct api_base *(*get)(void) = dlsym(library, "OrtGetApiBase");
	return get ? get()->version() : NULL;
}
*/
import "C"

import (
	"errors"
	"strings"
	"unsafe"
)

// probe loads a shared library just long enough to ask its version. The binding
// would ask for the API it needs and let ONNX Runtime complain on stderr.
func probe(path string) (version string, err error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	library := C.dlopen(name, C.RTLD_LAZY|C.RTLD_LOCAL)
	if library == nil {
		return "", errors.New(strings.TrimPrefix(C.GoString(C.dlerror()), path+": "))
	}
	defer C.dlclose(library)
	v := C.ort_version(library)
	if v == nil {
		return "", errors.New("it is not ONNX Runtime")
	}
	return C.GoString(v), nil
}
