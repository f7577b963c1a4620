# MedSettle: `make help` lists the verbs. Stamp files make every step run only when what it reads has changed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CORE_SOURCES := $(wildcard core/*.pyx core/*.pxd core/*/*.pyx core/*/*.pxd)
# The first Python on the PATH that is new enough; `make setup PYTHON=...` names another.
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
# say: one line before a step. took: how long the shell of this step has run (each step is one shell).
say = printf '==> %s\n'
took = printf '    done in %s s\n' "$$SECONDS"
refuse = { printf 'make: %s\n' "$(1)" >&2; exit 1; }

.PHONY: help setup run test sim prove mutants faults planted splits lint format proto bench load train soak debug clean

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r verb text; do printf '  make %-8s %s\n' "$$verb" "$$text"; done

setup: $(VENV)/.built ## make .venv, install the pinned packages, compile core/ (skips what is up to date)
	@$(say) 'set up in $(VENV)'

run: setup ## set up, then run the demo: a gateway, a hospital and a wallet on this machine
	@$(BIN)/medsettle demo

test: setup ## set up, then run every test, lint and types included
	@$(BIN)/python -m pytest

SEEDS ?= 0..2000
sim: setup ## run the simulator over SEEDS=0..2000: crashes, faults and retries by seed (docs/faults.md)
	@$(BIN)/python -m tests.sim --seeds $(SEEDS)

faults: setup ## hurt real gateways under load (kill -9, full, failing and slow disks), then write docs/faults.md
	@$(BIN)/python -m tests.faults --report

BILLS ?= 10000000
prove: setup ## prove the compiled split against its exact twin on BILLS=10000000 random bills (docs/rules/policies.md)
	@$(BIN)/python -m tests.prove --bills $(BILLS) $(ARGS)

mutants: setup ## plant one-line bugs in copies of the exact twin and count how many the proof finds
	@$(BIN)/python -m tests.prove.mutants $(ARGS)

planted: setup ## plant known bugs in a copy of the tree, see which test finds each, then write docs/faults.md
	@$(BIN)/python -m tests.planted --report

lint: setup ## check style, format, types and the contract
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/buf lint proto

format: setup ## format the Python files
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

proto: setup ## generate gateway/pb from proto/
	$(BIN)/python -m gateway.pb.generate

bench: setup $(VENV)/.bench ## measure ours against baselines, write bench/results and docs/benchmarks.md (ARGS='--pairs 2')
	@$(BIN)/python -m bench.report $(ARGS)

load: MINUTES ?= 4
USERS ?= 200
PROCESSES ?= 2
load: setup $(VENV)/.bench ## play a clinic's day with Locust, compare the books (MINUTES=4 USERS=200 PROCESSES=2 WEB=1)
	@$(BIN)/python -m bench.load.run --minutes $(MINUTES) --users $(USERS) --processes $(PROCESSES) $(if $(WEB),--web) $(ARGS)

splits: setup build/study/.made ## time the split beside numpy and OpenFisca-Core, both in a venv of their own (docs/benchmarks.md)
	@PYTHONPATH=. build/study/bin/python -m bench.studies.splits $(ARGS)

build/study/.made:
	@$(say) 'bring numpy and OpenFisca-Core into build/study'
	@$(BIN)/python -m venv build/study
	@build/study/bin/python -m pip --disable-pip-version-check --quiet install 'numpy>=2' 'openfisca-core>=46,<47'
	@touch $@

train: setup $(VENV)/.bench ## train a risk model on made-up traffic, report what is found, write docs/risk-report.md
	@$(BIN)/python -m bench.workload report $(ARGS)

soak: MINUTES ?= 10
soak: setup $(VENV)/.bench ## each front at half of its limit with cancelled calls: does it keep its size (MINUTES=10)
	@$(BIN)/python -m bench.soak --minutes $(MINUTES) $(ARGS)

debug: setup ## run the tests on a build with assertions and bounds checks on
	@$(say) 'compiling core/ with assertions'
	@rm -f $(VENV)/.built
	@MEDSETTLE_DEBUG=1 $(BIN)/python setup.py --quiet build_ext --inplace
	@$(BIN)/python -m pytest

clean: ## remove what was compiled and cached (.venv stays)
	@rm -rf build dist *.egg-info core/*.so core/*/*.so $(VENV)/.built .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# Made last by venv, so a half-made environment (Debian without python3-venv) is made again.
$(BIN)/pip:
	@test -n "$(PYTHON)" || $(call refuse,needs Python 3.11 or newer; on Debian 12 or later: apt-get install python3 python3-venv python3-dev)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call refuse,$(PYTHON) has no venv module; on Debian: apt-get install python3-venv)
	@$(say) "making $(VENV) with $$($(PYTHON) --version)"
	@rm -rf $(VENV); $(PYTHON) -m venv $(VENV); $(took)

$(VENV)/.installed: pyproject.toml constraints.txt setup.py | $(BIN)/pip
	@$(say) "installing $$(grep -c == constraints.txt) pinned packages (about a minute the first time)"
	@$(PIP) install --constraint constraints.txt setuptools wheel cython
	@MEDSETTLE_PURE=1 $(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[dev]'; $(took)
	@rm -rf build; touch $@  # other flags or another Cython: nothing compiled before counts

$(VENV)/.bench: $(VENV)/.installed
	@$(say) 'installing what benchmarks need on top'
	@$(PIP) install --constraint constraints.txt $$($(BIN)/python -c 'import tomllib; \
		print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"])'); $(took)
	@touch $@

$(VENV)/.built: $(VENV)/.installed setup.py $(CORE_SOURCES)
	@command -v cc gcc >/dev/null || $(call refuse,needs a C compiler; on Debian: apt-get install gcc libc6-dev)
	@$(BIN)/python -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' \
		|| $(call refuse,needs the C headers of Python; on Debian: apt-get install python3-dev)
	@$(say) 'compiling core/ ($(words $(filter %.pyx,$(CORE_SOURCES))) modules)'
	@$(BIN)/python setup.py --quiet build_ext --inplace; $(took)
	@touch $@
