# make help says what there is.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
KILLS   ?= 20
STATICCHECK := v0.8.2
BENCH   := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/willbuy/bench
VENV    := $(BENCH)/venv

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## fetch the ONNX Runtime library into the user's cache, once
	@sh testdata/setup/onnxruntime.sh

.PHONY: build
build: setup ## build bin/willbuy
	go build -ldflags '$(LDFLAGS)' -o bin/willbuy ./cmd/willbuy

.PHONY: run
run: build ## open the workbench; without a terminal, run the whole lab
	@if [ -t 0 ] && [ -t 1 ]; then bin/willbuy; else bin/willbuy run; fi

.PHONY: test
test: setup ## run all tests; the last line counts them
	@go test -json ./... | go run testdata/setup/tally.go

.PHONY: kill
kill: setup ## kill -9 a run at KILLS=20 random moments and compare the tables
	KILLS=$(KILLS) go test -count=1 -v -timeout 60m -run TestKilledRunsEndAsOthersDo ./cmd/willbuy

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l cmd pipeline store testdata tui views); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go vet ./... ./testdata/model ./testdata/demo ./testdata/bench/tui
	go vet testdata/setup/tally.go
	@if GOBIN=$(CURDIR)/bin go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK); then \
	bin/staticcheck ./...; else echo "staticcheck could not be had: vet alone"; fi

.PHONY: bench
bench: setup ## run the benchmarks
	go test -run '^$$' -bench . ./...

.PHONY: bench-inference
bench-inference: build ## zero-shot classification beside Hugging Face's pipeline (an idle machine, 40 minutes)
	sh testdata/bench/inference.sh $(CURDIR)/bin/willbuy

.PHONY: bench-tokenizer
bench-tokenizer: setup ## our tokenizers beside Hugging Face's
	sh testdata/setup/python.sh $(VENV)
	$(VENV)/bin/python testdata/tokenizer/speed.py

.PHONY: bench-trees
bench-trees: build ## trees and SHAP beside XGBoost and LightGBM (an idle machine, half an hour)
	sh testdata/bench/trees.sh $(CURDIR)/bin/willbuy

.PHONY: bench-tui
bench-tui: build ## keys, frames, idle CPU and memory of the workbench in a pseudo-terminal (an idle machine, 3 minutes)
	go run ./testdata/bench/tui bin/willbuy $(BENCH)/tui
	go test -run '^$$' -bench . ./views/chart

.PHONY: parity
parity: ## our trees against those of both releases of XGBoost (two cores, a quarter of an hour)
	sh testdata/setup/xgboost.sh $(BENCH)/trees
	sh testdata/parity/full.sh $(BENCH)/trees/3.4/bin/python $(BENCH)/trees/3.2/bin/python

.PHONY: demo
demo: build ## record the run that `willbuy replay demo` plays again
	sh testdata/demo/record.sh $(CURDIR)/bin/willbuy

.PHONY: model
model: setup ## train the embedded model again (two cores, two hours)
	sh testdata/model/make.sh

.PHONY: install
install: setup ## install willbuy into GOBIN
	go install -ldflags '$(LDFLAGS)' ./cmd/willbuy

.PHONY: clean
clean: ## remove what was built (not your workspaces, not the library)
	rm -rf bin
