# Two commands from nothing: `make book`, `make test`. Each does all the set-up it needs.
# Needed: Python 3.11-3.13 as $(PYTHON), and make. uv is used if it is there, else brought.

PYTHON ?= python3
PRESET ?= quick
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
MER := .venv/bin/mer
STAMP := .venv/.complete

.DEFAULT_GOAL := help
.PHONY: help book test demo bench lint lock clean

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(STAMP) ## run preset quick (PRESET=ci is shorter) and build the book
	@$(MER) book $(PRESET)

test: $(STAMP) ## run the tests
	@.venv/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

demo: $(STAMP) ## one clip, one figure, five lines
	@$(MER) demo

bench: $(STAMP) ## time ours against scikit-image and ISR
	@$(MER) bench

lint: $(STAMP) ## check style, in the package and in the chapters
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@rm -rf build/lint && mkdir -p build/lint && cp notebooks/[0-9]*.md build/lint  # jupytext rewrites
	@PATH="$(CURDIR)/.venv/bin:$$PATH" jupytext --quiet --check "ruff check --quiet --select E,F,NPY --ignore E402,E501 {}" \
		build/lint/*.md

lock: $(filter .uv/bin/uv,$(UV)) ## resolve anew for the date in pyproject.toml; write requirements.txt
	@rm -f uv.lock
	@$(UV) export --quiet --no-emit-project --no-header --no-annotate --all-groups \
		--format requirements-txt --output-file requirements.txt > /dev/null

clean: ## remove what was built (the cache stays: mer cache clear)
	rm -rf build results demo.png .pytest_cache .ruff_cache .hypothesis .benchmarks

# The environment: exact versions with hashes, then the project itself, editable.
$(STAMP): requirements.txt pyproject.toml | $(filter .uv/bin/uv,$(UV))
	@echo "setting up .venv: about 2.7 GB, a minute on a fast line"
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements.txt
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --editable .
	@touch $@

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "PYTHON: Python 3.11 to 3.13 is needed; make PYTHON=python3.12 names another"; exit 1; }
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet uv
