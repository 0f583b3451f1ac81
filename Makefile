# The few things one does in this checkout. 'make' alone lists them.
#
# Settings: JOBS (parallel build jobs; all cores when empty), PREFIX and DESTDIR for 'install'.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# SwiftPM parallelises by itself and locks its folder: targets of this file run one after another.
.NOTPARALLEL:

JOBS ?=
PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)
DESTDIR ?=

jobs := $(if $(JOBS),--jobs $(JOBS))
# One folder for each configuration: a change of flags in a shared one rebuilds everything.
release := --configuration release --static-swift-stdlib --scratch-path .build-release $(jobs)
debug_bin := .build/debug
release_bin := .build-release/release
formatted := $(wildcard Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Benchmarks)

.PHONY: help
help: ## Say what can be made
	@printf 'Usage: make TARGET\n\n'
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS=$$'\t' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done

# A debug build: it takes about half the time of an optimised one, and the loop mostly waits for the agent anyway.
.PHONY: run
run: setup ## Build makima and watch it fix a real repository (first time: minutes; then seconds)
	@printf 'Building (the first time takes some minutes) …\n'
	@swift build $(jobs) --product makima
	@swift build $(jobs) --product makima-shim
	@scripts/demo $(debug_bin)/makima

.PHONY: test
test: ## Check style and structure, build without warnings, run all tests
	@scripts/soundness

.PHONY: test-faults
test-faults: setup ## Bring faults about in the real program (kill -9 at every step, full disks, …): a table of what follows
	@scripts/test-faults

# PYTHON has playwright (and Pillow, for smaller pictures); Debian's chromium is used.
PYTHON ?= $(shell scripts/dashboard-tools)

.PHONY: test-dashboard
test-dashboard: ## Drive the dashboard of the debug build with a real Chromium (installs the browser where it is missing)
	$(PYTHON) Tests/Dashboard/dashboard.py --makima $(debug_bin)/makima

.PHONY: screenshots
screenshots: ## Take pictures of every page of the dashboard into docs/images (installs the browser where it is missing)
	$(PYTHON) scripts/screenshots --makima $(debug_bin)/makima

.PHONY: check
check: ## The part of 'test' that takes seconds: everything but building and testing
	@scripts/soundness --fast

.PHONY: build
build: setup ## Make the release: one file, .build-release/makima
	swift build $(release) --product makima
	swift build $(release) --product makima-shim
	strip -o $(release_bin)/makima.stripped $(release_bin)/makima
	strip -o $(release_bin)/makima-shim.stripped $(release_bin)/makima-shim
	scripts/join-shim $(release_bin)/makima.stripped $(release_bin)/makima-shim.stripped .build-release/makima
	@ls -l .build-release/makima

.PHONY: install
install: build ## Install the release under PREFIX (/usr/local as root, else ~/.local)
	scripts/install .build-release "$(PREFIX)" "$(DESTDIR)"

.PHONY: uninstall
uninstall: ## Remove what 'install' installed; tasks and settings stay
	scripts/install --remove "$(PREFIX)" "$(DESTDIR)"

.PHONY: bench
bench: setup ## Measure, beside a bare shell loop and bare git
	@if [ -x scripts/bench ]; then scripts/bench; else printf 'There are no benchmarks yet.\n'; fi

.PHONY: format
format: ## Rewrite the sources in the house format
	swift format --in-place --parallel --recursive $(formatted)

.PHONY: setup
setup: ## Install the Debian packages that are missing
	@scripts/setup --quiet

.PHONY: clean
clean: ## Remove everything that was built here
	rm -rf .build .build-*
