# One command per habit. Wants Python 3.11 or newer and make; everything else goes into .venv, pinned by hash.
# What a command takes is handed over in ARGS: make demo ARGS=--once

VENV := .venv
RUN := $(VENV)/bin
PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python)
ARGS ?=

.PHONY: help demo check test model mutants faults mutation lint format docs bench screenshots pins

help:
	@echo "make demo     the whole thing on this machine, in a page; no account needed (ARGS=--terminal: without one)"
	@echo "make help     this list"
	@echo "make check    what CI does: lint, then all tests (.ci/run; as root it may install Chromium)"
	@echo "make test     all tests (TESTS: which; ARGS: whatever pytest takes)"
	@echo "make model    anything in any order, against what must be true (ARGS: --examples N, --steps N, --seed N)"
	@echo "make mutants  takes mendings back one by one, to see whether make model notices (ARGS: --only WORDS, --by faults …)"
	@echo "make faults   replicas killed, wires cut, Slack refusing, documents odd (ARGS: --scenarios N, --seed N)"
	@echo "make mutation  small changes to what must never be wrong: do the tests notice? (ARGS: --sample N, --only FILE)"
	@echo "make lint     style, types and the import rules"
	@echo "make format   rewrites the code in the project's style"
	@echo "make docs     writes the pages that are made from the code: docs/configuration.md and docs/commands.md"
	@echo "make bench    measures judgement and writes docs/benchmarks.md (ARGS: --real-data DIR, --seeds N)"
	@echo "make screenshots  renews docs/pictures, with the system's Chromium"
	@echo "make pins     resolves pyproject.toml's dependencies anew into requirements/"

demo: $(VENV)/.installed-demo
	@$(RUN)/python -m bot demo $(ARGS)

check:
	@.ci/run

# Each worker has a database server of its own; a file's tests stay together on one worker. The tests' folder is
# named, because pytest would take the folder after --real-data for it.
TESTS ?= tests
test: $(VENV)/.installed-dev
	$(RUN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(TESTS) $(ARGS)

model mutants: $(VENV)/.installed-dev
	@PYTHONPATH=.:tests $(RUN)/python -m $(if $(filter mutants,$@),model.mutants,model) $(ARGS)

faults mutation: $(VENV)/.installed-dev
	@PYTHONPATH=.:tests $(RUN)/python -m $@ $(ARGS)

lint: $(VENV)/.installed-dev
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy
	$(RUN)/lint-imports

format: $(VENV)/.installed-dev
	$(RUN)/ruff check --fix
	$(RUN)/ruff format

docs: $(VENV)/.installed-dev
	@PYTHONPATH=.:tests $(RUN)/python -m documents

bench: $(VENV)/.installed-dev
	@$(RUN)/python -m sandbox.bench $(ARGS)

screenshots: $(VENV)/.installed-dev
	@PYTHONPATH=tests $(RUN)/python -m e2e.screenshots docs/pictures

PIN := $(RUN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-options \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(ARGS) pyproject.toml

pins: $(VENV)/.installed-dev
	$(PIN) --extra sandbox --extra build --extra dev --output-file requirements/dev.txt
	$(PIN) --extra sandbox --extra build --constraint requirements/dev.txt --output-file requirements/demo.txt
	$(PIN) --constraint requirements/dev.txt --output-file requirements/runtime.txt
	$(PIN) --build-deps-for wheel --only-build-deps --constraint requirements/dev.txt \
		--output-file requirements/build.txt

# A stamp for each list of requirements: they are installed again only when they, or the project's own, changed.
$(VENV)/.installed-%: requirements/%.txt pyproject.toml | $(RUN)/python
	@echo "Installing requirements/$*.txt into $(VENV) …"
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$*.txt
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(RUN)/python:
	@for python in $(PYTHONS); do \
		if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$python …"; \
			exec "$$python" -m venv $(VENV); \
		fi; \
	done; \
	echo "No Python 3.11 or newer with venv among: $(PYTHONS)." >&2; \
	echo "Install one (on Debian also python3-venv), or name it: make PYTHON=/path/to/python3.11" >&2; \
	exit 1
