# make demo    sets up, then matches an example patient and proves the first recommendation
# make test    sets up, then runs every check and test
# make book    writes docs/rule-book.md and its picture from the rules
# make test-other   runs the tests on a newer Python as well, where one is found
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# Tests start hundreds of processes: without bytecode each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
PATIENT := examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml

# One more than there are cores, since some wait for a cluster or a command; at most 4, since each takes 2 GB.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ "$$n" -ge 4 ] && echo 4 || echo $$((n + 1)))

# The first interpreter that runs and is new enough.
find_python = for name in $(1); do "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done
PYTHON ?= $(shell $(call find_python,python3.11 python3.12 python3 python3.13 python3.14))

.PHONY: demo test tests check setup java test-other benchmark book clean

demo: setup
	$(BIN)/mtb-match $(PATIENT) --as-of 2026-11-20
	$(BIN)/mtb-match why $(PATIENT) pyrotinib+capecitabine --as-of 2026-11-20

test: setup java
	@$(MAKE) --no-print-directory -j2 check tests

tests: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Rules on Spark want Java; a user who may not install it has those tests skipped.
java:
	@command -v java >/dev/null || [ -x "$$JAVA_HOME/bin/java" ] \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q && apt-get install -qy default-jre-headless; } \
		|| echo "no Java is found (Debian: default-jre-headless): tests on Spark are skipped" >&2

setup: $(VENV)/.installed

# durable-rules is compiled here: it needs gcc and Python's headers, which Debian packages apart.
$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, os, sysconfig, venv, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q && apt-get install -qy python3-venv python3-dev gcc; } \
		|| { echo "Python's venv module, its headers and gcc are needed (Debian: python3-venv python3-dev gcc)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--config-settings editable_mode=compat --editable '.[test]'
	@touch $@

OTHER ?= $(shell $(call find_python,python3.14 python3.13 python3.12))
test-other:
	@if [ -z "$(OTHER)" ]; then echo "no other Python found: nothing to test"; else \
		$(MAKE) VENV=.venv-other PYTHON=$(OTHER) setup java && .venv-other/bin/python -m pytest -n $(WORKERS) --dist worksteal; fi

benchmark: setup
	$(BIN)/python benchmarks/cold_start.py
	$(BIN)/python benchmarks/kb.py

book: setup
	$(BIN)/python -m rules.book > docs/rule-book.md
	$(BIN)/python -m rules.picture > docs/rule-strata.svg

clean:
	rm -rf $(VENV) .venv-other build *.egg-info .mypy_cache .pytest_cache .ruff_cache
