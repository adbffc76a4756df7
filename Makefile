# Everything a person or CI does with loglake; `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# Without bytecode, each of the commands that tests type would compile all of loglake again.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
SHELL_VENV := .venv-python-shell
GLUE51_VENV := .venv-glue51
CHECKOV_VENV := .venv-checkov
MINISTACK_VENV := .venv-ministack
SITE_VENV := .venv-site
RANGE_VENV := .venv-range
PYTEST := $(BIN)/python -m pytest
# 3.13 is what Glue 6.0 runs; without it, the newest that there is.
PYTHONS := 3.13 3.14 3.12 3.11
COVERAGE := $(BIN)/python -m coverage
# Half of the code that pip installs. If something imports it, Python compiles it then.
SELDOM_IMPORTED := /(tests|sympy|networkx|mypy|matplotlib|fontTools|debugpy)/
BRANCHES := 90
MEASURED := $(PYTEST) --numprocesses auto --dist loadfile --no-loadscope-reorder --cov --cov-report=
# Tests wait for the processes that they start, so there is work for twice as many as there are cores.
WAITING := $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2)
RULES := tests/core tests/gluelocal/engine tests/gluelocal/model
ENGINE := workflows/gluelocal/engine
WHOLE := glue_jobs/loglake/core/**,$(ENGINE)/engine.py,$(ENGINE)/state.py,$(ENGINE)/batching.py,$(ENGINE)/action_starts.py,$(ENGINE)/job_queue.py,$(ENGINE)/predicates.py
TEMPLATES := infra/storage.yaml infra/access.yaml workflows/log_lake.yaml infra/events.yaml infra/query.yaml \
  infra/streaming.yaml infra/monitoring.yaml infra/budget.yaml infra/deployer.yaml
BUDGET := infra/budget.yaml
# cfn-lint takes minutes for all Regions. One of each partition stands for the others, which have the same resource types
# (tests/infra/test_regions.py); us-gov-west-1 is one of those that have no AWS::Budgets::Budget.
REGIONS := us-east-1 us-gov-west-1 cn-north-1 eusc-de-east-1 us-iso-east-1 us-isob-east-1 eu-isoe-west-1 us-isof-south-1
LINT_TEMPLATES = $(BIN)/cfn-lint --include-checks I --non-zero-exit-code informational

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.locked: requirements/dev.lock infra/setup/find-python
	@python=$$(infra/setup/find-python --get $(PYTHONS)) || { \
	  echo "loglake needs Python 3.11 to 3.14 with venv, best 3.13 (what Glue 6.0 runs): install one, or uv, and run make again." >&2; \
	  exit 1; }; \
	echo "Setting up $(VENV) with $$($$python --version) ..."; \
	$$python -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m compileall -qq -j 0 -x '$(SELDOM_IMPORTED)' $(VENV)/lib || true # pip has one core compile; some files are for other Pythons
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The export job is a Glue Python shell job, which is Python 3.9 on AWS. Where a 3.9 runs, the local runtime uses it.
# awsglue's metadata asks for a newer Python than its getResolvedOptions needs; on Glue it is preinstalled.
$(SHELL_VENV)/.installed: requirements/python-shell.lock infra/setup/find-python
	@if python=$$(infra/setup/find-python 3.9); then \
	  echo "Setting up $(SHELL_VENV) with $$($$python --version) ..."; \
	  $$python -m venv --clear $(SHELL_VENV) && \
	  $(SHELL_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --ignore-requires-python --no-deps --use-pep517 \
	    --require-hashes -r requirements/python-shell.lock; \
	elif [ -n "$$CI" ]; then \
	  echo "CI runs the export job on Python 3.9, and none was found: install one." >&2; exit 1; \
	else \
	  echo "No Python 3.9 found: the export job will run on the project's own Python."; mkdir -p $(SHELL_VENV); \
	fi
	@touch $@

# What Glue 5.1 runs, for those who set the parameter GlueVersion to it.
$(GLUE51_VENV)/.installed: requirements/glue51.lock pyproject.toml infra/setup/find-python
	@python=$$(infra/setup/find-python 3.11) || { \
	  echo "Glue 5.1 runs Python 3.11, and none was found: install one, with venv, and run make again." >&2; exit 1; }; \
	echo "Setting up $(GLUE51_VENV) with $$($$python --version) ..."; \
	$$python -m venv --clear $(GLUE51_VENV)
	@$(GLUE51_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/glue51.lock
	@$(GLUE51_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Its dependencies would hold those of loglake back, so it has a virtual environment of its own.
$(CHECKOV_VENV)/.installed: requirements/checkov.lock infra/setup/find-python
	@python=$$(infra/setup/find-python 3.13 3.12 3.11) || { \
	  echo "checkov needs Python 3.11 to 3.13, and none was found: install one, with venv, and run make again." >&2; exit 1; }; \
	echo "Setting up $(CHECKOV_VENV) with $$($$python --version) ..."; \
	$$python -m venv --clear $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/checkov.lock
	@touch $@

# It pins a botocore of its own.
$(MINISTACK_VENV)/.installed: requirements/ministack.lock infra/setup/find-python
	@python=$$(infra/setup/find-python $(PYTHONS)) && $$python -m venv --clear $(MINISTACK_VENV)
	@$(MINISTACK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/ministack.lock
	@touch $@

$(SITE_VENV)/.installed: requirements/site.lock infra/setup/find-python
	@python=$$(infra/setup/find-python $(PYTHONS)) && $$python -m venv --clear $(SITE_VENV)
	@$(SITE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/site.lock
	@touch $@

.PHONY: install
install: environments ## Set up the virtual environments, and Java if it can be had
	@$(MAKE) --silent classes

.PHONY: environments java-if-possible classes
environments:
	@$(MAKE) --silent --jobs 3 $(VENV)/.installed $(SHELL_VENV)/.installed java-if-possible

java-if-possible:
	@infra/setup/ensure-java || true

# It takes as long as all else of an installation, so `make check` does it beside the types in CI.
classes:
	@if infra/setup/ensure-java 2>/dev/null; then $(BIN)/python -m infra.class_archive; fi

# What runs Spark: the local runtime and its tests. `loglake convert`, `query` and `status` need no Java.
.PHONY: java
java:
	@infra/setup/ensure-java

.PHONY: run
run: install java ## Run the whole pipeline on the built-in sample
	@$(BIN)/loglake local run

.PHONY: notebook
notebook: install ## Open the notebooks in JupyterLab, on the last local run
	@$(BIN)/loglake notebook notebooks

.PHONY: test
test: install java ## Run the tests
	$(MEASURED) $(RULES)
	@echo "Coverage of the rules and of the workflow engine by their own tests, which has to be whole:"
	@$(COVERAGE) report --include '$(WHOLE)' --skip-covered --fail-under 100
	$(MEASURED) --numprocesses $(WAITING) --cov-append $(addprefix --ignore ,$(RULES))
	@echo "Branch coverage of the whole project, which has to be $(BRANCHES) % at least:"
	@$(COVERAGE) json -q -o - | $(BIN)/python -m infra.branch_coverage $(BRANCHES)

.PHONY: test-quick
test-quick: install ## Run the tests that need neither Java nor servers
	$(PYTEST) -q --numprocesses auto -m unit

# Each run sees only its own conftest.py, and imports of the packages above fail.
ALONE := PYTHONPATH=tests $(BIN)/python -m pytest -q --numprocesses auto --dist loadfile -p no:loglake -p support.alone
.PHONY: test-houses
test-houses: install java ## Run the tests of athena_duckdb and of gluelocal, each without the packages above it
	@WITHOUT='gluelocal infra loglake loglake_cli' $(ALONE) --confcutdir tests/athena_duckdb tests/athena_duckdb
	@WITHOUT='infra loglake loglake_cli' $(ALONE) --confcutdir tests/gluelocal tests/gluelocal

.PHONY: test-notebooks
test-notebooks: install ## Run the notebooks on a finished run
	$(PYTEST) -q tests/notebooks

.PHONY: test-glue51
test-glue51: $(SHELL_VENV)/.installed $(GLUE51_VENV)/.installed ## Run the Spark tests on what Glue 5.1 has: PySpark 3.5.6, Python 3.11
	@infra/setup/ensure-java
	@$(GLUE51_VENV)/bin/python -m pytest -q -m spark --numprocesses auto --dist loadfile --no-loadscope-reorder \
	  -W "ignore:distutils Version classes:DeprecationWarning" # PySpark 3.5 uses them

# The oldest and the newest packages that the ranges of pyproject.toml allow; the other tests run on what is locked.
.PHONY: test-range
test-range: ## Run the tests of kernels and queries on RESOLUTION=lowest-direct or highest packages (needs uv)
	uv venv --quiet --clear --python "$$(infra/setup/find-python $(PYTHONS))" $(RANGE_VENV)
	uv pip install --quiet --python $(RANGE_VENV) --resolution '$(or $(RESOLUTION),highest)' -e '.[all]'
	uv pip install --quiet --python $(RANGE_VENV) hypothesis pytest pytest-socket pytest-xdist
	$(RANGE_VENV)/bin/python -m pytest -q --numprocesses auto tests/kernels tests/pool tests/athena_duckdb

.PHONY: test-ui
test-ui: install ## Try the page of the local stack, and attacks on the stack, in headless Chromium
	@infra/setup/ensure-chromium
	@infra/setup/ensure-axe $(VENV)
	@$(PYTEST) -q tests/browser -m browser

.PHONY: test-faults
test-faults: install ## Kill the jobs at every step and at random moments, and make calls fail in every way
	@$(PYTEST) -q tests/faults --all-faults

.PHONY: fuzz
fuzz: install ## Fuzz the kernels, for SECONDS (600 by default)
	@PYTHONPATH=tests $(BIN)/python -m fuzz --seconds '$(or $(SECONDS),600)'

.PHONY: soak
soak: install ## Keep the local stack under requests, for SECONDS (3,600 by default), and tell its memory
	@PYTHONPATH=tests $(BIN)/python -m soak --seconds '$(or $(SECONDS),3600)'

.PHONY: property
property: install ## Run the property test on CASES random cases (10,000 by default)
	@$(PYTEST) -q tests/property --cases '$(or $(CASES),10000)'

.PHONY: simulate
simulate: install ## Simulate a year on a virtual clock (GROUPS, DAYS, SEED, SCALE, RETENTION; CAPACITY=1, CASES=all or a name: how many log groups fit)
	@PYTHONPATH=tests $(BIN)/python -m simulation $(if $(CAPACITY),--capacity) $(if $(CASES),--cases '$(CASES)') --groups '$(or $(GROUPS),500)' \
	  --days '$(or $(DAYS),365)' --seed '$(or $(SEED),4)' --scale '$(or $(SCALE),1)' --retention '$(or $(RETENTION),90)'

.PHONY: score-formats
score-formats: install ## Score how well logs become columns: the formats' fixtures, and the folder DATA of real logs
	@PYTHONPATH=tests $(BIN)/python -m scores $(if $(DATA),--data '$(DATA)')

.PHONY: confusion
confusion: install ## Show which log format claims the events of each format's fixtures
	@PYTHONPATH=tests $(BIN)/python -m scores.confusion

.PHONY: score-columns
score-columns: install ## Score the columns of products that loglake does not know by name (SETS=set_b/npm: some of them; WRONG=1: each that misleads)
	@PYTHONPATH=tests $(BIN)/python -m scores.columns $(if $(SETS),--sets '$(SETS)') $(if $(WRONG),--wrong)

.PHONY: bench
bench: install java ## Measure loglake beside DuckDB, Polars, pandas and Spark SQL (MB=740 of text, ROUNDS=3, KIND_MB=40)
	@PYTHONPATH=tests $(BIN)/python -m benchmark.compare --megabytes '$(or $(MB),740)' --rounds '$(or $(ROUNDS),3)' \
	  --kind-megabytes '$(or $(KIND_MB),40)'

.PHONY: bench-scale
bench-scale: install ## Measure size, one large object, skew, many objects, landing, crawls, ledger, requests, bytes written, small runs (PARTS, GB='0.7 2.8', OBJECT_GB=1, COUNT=100000, GROUPS=12, DAYS=25)
	@PYTHONPATH=tests $(BIN)/python -m benchmark.scale --parts '$(PARTS)' --gigabytes '$(or $(GB),0.7 2.8)' \
	  --count '$(or $(COUNT),100000)' --object-gigabytes '$(or $(OBJECT_GB),1)' --rounds '$(or $(ROUNDS),1)' \
	  --groups '$(or $(GROUPS),12)' --days '$(or $(DAYS),25)'

.PHONY: bench-layout
bench-layout: install ## Measure what five typical queries read of a table, in several layouts (MB=320 of text)
	@PYTHONPATH=tests $(BIN)/python -m benchmark.layout --megabytes '$(or $(MB),320)'

.PHONY: bench-commands
bench-commands: install java ## Measure the commands that people wait for (MB=200 of one's own logs)
	@PYTHONPATH=tests $(BIN)/python tests/benchmark/bench_commands.py --megabytes '$(or $(MB),200)'

.PHONY: bench-kernel
bench-kernel: install ## Measure the kernels on one core
	@$(BIN)/python tests/benchmark/bench_kernel.py

.PHONY: bench-plan
bench-plan: install ## Measure the planner on 10,000 log groups
	@$(BIN)/python tests/benchmark/bench_plan.py

.PHONY: bench-read
bench-read: install ## Measure reading log events on a quarter of a core
	@PYTHONPATH=tests $(BIN)/python tests/benchmark/bench_read.py

.PHONY: package
package: install ## Build all that the jobs run, and the development package, into dist/
	@$(BIN)/python -m infra.package dist
	@$(BIN)/python -m hatchling build -t wheel -d dist
	@cd infra/gluelocal_wheel && ../../$(BIN)/python -m hatchling build -t wheel -d ../../dist

.PHONY: check
check: environments ## Lint, types, architecture, templates
	@$(MAKE) --no-print-directory --jobs 2 $(if $(CI),classes) types $(if $(CI),collected) lint

.PHONY: types lint collected
types:
	$(BIN)/mypy

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(LINT_TEMPLATES) --regions $(REGIONS) -- $(filter-out $(BUDGET),$(TEMPLATES))
	$(LINT_TEMPLATES) --regions $(filter-out us-gov-west-1,$(REGIONS)) -- $(BUDGET)
	$(BIN)/python -m gluelocal.runs.checks $(TEMPLATES)

# In a fresh clone pytest compiles each test file for itself: here once, beside mypy, and not in each process of `make test`.
collected:
	@said=$$($(PYTEST) --collect-only -qqq) || { echo "$$said"; exit 1; }

# It asks nobody on the internet (--skip-download). A finding is fixed, or suppressed in the template with a reason.
.PHONY: check-security
check-security: $(CHECKOV_VENV)/.installed ## Check the templates for what makes an account less safe (checkov)
	@$(CHECKOV_VENV)/bin/checkov --framework cloudformation --skip-download --quiet --compact -f $(TEMPLATES)

.PHONY: check-foreign
check-foreign: $(VENV)/.installed $(MINISTACK_VENV)/.installed ## Deploy into another project's emulator of AWS (MiniStack)
	@$(PYTEST) -q tests/foreign -m foreign

.PHONY: statements
statements: install ## Count the statements of the code, by package
	@$(BIN)/python -m infra.statements glue_jobs workflows infra

.PHONY: docs
docs: install ## Write the pages that are made from the code
	@$(BIN)/python -m infra.docs.pages

.PHONY: schemas
schemas: install ## Take over from cfn-lint what replaces a resource, after a new one or a new resource type
	@$(BIN)/python -m infra.resource_schemas

.PHONY: site
site: $(SITE_VENV)/.installed ## Build the documentation as a site, which needs no network, into build/site
	@$(SITE_VENV)/bin/python -m infra.docs.site
	@NO_MKDOCS_2_WARNING=1 $(SITE_VENV)/bin/mkdocs build --quiet --strict --config-file infra/docs/mkdocs.yml
	@! grep -rlE '<(script|img|link rel="stylesheet")[^>]*(src|href)="?https?:' build/site --include='*.html'
	@echo "Look at it: $(SITE_VENV)/bin/python -m http.server --bind 127.0.0.1 --directory build/site"

.PHONY: pictures
pictures: install ## Write the pictures of the page of the local stack into docs/pictures/
	@infra/setup/ensure-chromium
	@PYTHONPATH=tests $(BIN)/python -m pictures docs/pictures

.PHONY: recording
recording: install ## Write the terminal recording of the README into docs/pictures/
	@PYTHONPATH=tests $(BIN)/python -m pictures.recording docs/pictures

.PHONY: notebook-pages
notebook-pages: install ## Write what the notebooks show into docs/notebooks/
	@PYTHONPATH=tests $(BIN)/python -m pictures.notebooks docs/notebooks

.PHONY: format
format: install ## Format the code, and remove what notebooks showed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout notebooks/*.ipynb

.PHONY: lock
lock: install ## Resolve requirements/*.lock again (needs uv)
	uv pip compile pyproject.toml --extra dev --constraint requirements/glue60.in --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/dev.lock
	uv pip compile requirements/site.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/site.lock
	uv pip compile requirements/glue.in --constraint requirements/dev.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/glue.lock
	uv pip compile requirements/python-shell.in --python-version 3.9 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/python-shell.lock
	cp requirements/dev.lock requirements/glue51.lock # uv keeps what a lock file has
	uv pip compile pyproject.toml --extra dev --override requirements/glue51.in --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/glue51.lock
	uv pip compile requirements/checkov.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/checkov.lock
	uv pip compile requirements/ministack.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/ministack.lock
	grep -A 2 '^awsgluedataplanepython==5' requirements/dev.lock | sed 's/ ; .*\\/ \\/' >> requirements/python-shell.lock

.PHONY: clean
clean: ## Remove everything that make made
	rm -rf $(VENV) $(SHELL_VENV) $(GLUE51_VENV) $(CHECKOV_VENV) $(MINISTACK_VENV) $(RANGE_VENV) .loglake dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.*
