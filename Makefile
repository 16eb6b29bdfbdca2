# Two commands matter: `make run` and `make test`. Both do all the set-up they need.

PYTHON ?= python3
STAMPS := build/stamps
PIP_QUIET := --quiet --quiet --disable-pip-version-check --no-input
DEMO ?= demo-data

.DEFAULT_GOAL := help
.PHONY: help install postgres run test soak browser bench check format lock clean python-version

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMPS)/run ## Build .venv with what Antipole needs to run, and nothing else
	@echo "Installed: .venv/bin/antipole"

postgres: $(STAMPS)/run ## Add what Antipole needs to keep its rows in PostgreSQL
	@.venv/bin/pip install $(PIP_QUIET) --require-hashes --requirement requirements-postgres.lock
	@echo "Installed: .venv/bin/antipole can use --database postgresql://..."

run: $(STAMPS)/run ## Start a hub and three initiatives that federate on this machine; Ctrl-C ends them
	@exec .venv/bin/antipole demo $(DEMO)

test: $(STAMPS)/dev check $(if $(CI)$(filter install,$(BROWSER)),browser) ## Check the code and run all tests
	@echo "Running the tests (about 25 minutes on two cores)"
	@.venv-dev/bin/python -m tests $(ARGS)
	@.venv-dev/bin/python -m tests.browser.chromium && echo "make test: everything passed" || \
		echo "make test: everything passed but tests/browser, which was left out: see the line above"

soak: $(STAMPS)/dev ## Kill servers, cut the power and simulate all night (hours; docs/reference/durability.md)
	@failed=; \
	.venv-dev/bin/python -m tests.durability --nightly $(ARGS) || failed=yes; \
	.venv-dev/bin/python -m tests.simulation --retries || failed=yes; \
	.venv-dev/bin/python -m tests.simulation --nightly || failed=yes; \
	.venv-dev/bin/python -m tests.processes --minutes 10 || failed=yes; \
	[ -z "$$failed" ] && echo "make soak: every promise was kept"

browser: $(STAMPS)/dev ## Install what the tests in a browser need (on Debian, as root; elsewhere say what to install)
	@missing=; \
	.venv-dev/bin/python -m tests.browser.chromium 2>/dev/null || missing="chromium fonts-noto-core"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! grep -qx ID=debian /etc/os-release 2>/dev/null; then \
		echo "The tests in a browser need $$missing. On Debian, type as root:" >&2; \
		echo "  apt-get update && apt-get install --no-install-recommends $$missing" >&2; exit 0; \
	fi; \
	echo "Installing for the tests in a browser: $$missing"; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get -qq update && apt-get -qq install -y --no-install-recommends $$missing >build/browser.txt 2>&1 </dev/null \
		|| { tail -20 build/browser.txt >&2; exit 1; }

bench: $(STAMPS)/dev ## Measure what we claim about speed, one line for each claim
	@.venv-dev/bin/python -m bench $(ARGS)

check: $(STAMPS)/dev ## Check style, types and import contracts
	@echo "Checking style, types and import contracts"
	@.venv-dev/bin/ruff check --quiet .
	@.venv-dev/bin/ruff format --check --quiet .
	@.venv-dev/bin/mypy --no-error-summary
	@.venv-dev/bin/lint-imports --no-cache >build/import-contracts.txt || { cat build/import-contracts.txt; exit 1; }

format: $(STAMPS)/dev ## Put the code into the house's format
	@.venv-dev/bin/ruff check --quiet --fix .
	@.venv-dev/bin/ruff format --quiet .

lock: ## Renew the hash-pinned locks (needs uv)
	uv lock --upgrade
	uv export --quiet --no-emit-project --no-dev --group build --output-file requirements.lock
	uv export --quiet --no-emit-project --no-dev --extra postgres --output-file requirements-postgres.lock
	uv export --quiet --no-emit-project --group build --group dev --extra postgres --output-file requirements-dev.lock

clean: ## Remove everything that was built (the demo's data stays)
	rm -rf .venv .venv-dev build tests/peers/fedify/node_modules tests/browser/axe/node_modules test-output

python-version:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	"Antipole needs Python 3.11 or later as '$(PYTHON)': install it, or say which one to use, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo \
	"This Python cannot make virtual environments: install its venv package (on Debian: apt install python3-venv)" >&2; exit 1; }

$(STAMPS)/run: requirements.lock pyproject.toml | python-version
	@echo "Installing what Antipole needs into .venv (once; about a minute)"
	@rm -rf .venv && $(PYTHON) -m venv .venv
	@.venv/bin/pip install $(PIP_QUIET) --require-hashes --requirement requirements.lock
	@.venv/bin/pip install $(PIP_QUIET) --no-deps --no-index --no-build-isolation --editable .
	@# pip compiles packages, not what is installed in place: else half of each start is spent on that.
	@.venv/bin/python -m compileall -q server federation
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock requirements-inputs.lock pyproject.toml | python-version
	@echo "Installing the development tools into .venv-dev (once; about a minute)"
	@rm -rf .venv-dev && $(PYTHON) -m venv .venv-dev
	@.venv-dev/bin/pip install $(PIP_QUIET) --require-hashes --requirement requirements-dev.lock
	@.venv-dev/bin/pip install $(PIP_QUIET) --no-deps --require-hashes --requirement requirements-inputs.lock
	@.venv-dev/bin/pip install $(PIP_QUIET) --no-deps --no-index --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@
