# Everything a developer, a tester or CI runs. `make` alone lists the targets.
# Needed beforehand on Debian: python3 (3.11 or newer), its pip and venv, make. The rest is installed here.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes pytest works with, and anything more it should be told: make test PYTEST_ARGS="-k ledger -x"
JOBS ?= 2
PYTEST_ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py

# DejaVu has the tenge sign, which PT Serif and Liberation lack.
APT_RUNTIME := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation2 fonts-dejavu-core
APT_TESTS := gettext chromium libatomic1 poppler-utils

PROJECT := skma_qualification
FLOORS := $(PROJECT) reports internships training_plans staff workflow interface

# Shell functions the recipes below share.
define LIB
say() { printf '\n\033[1m%s\033[0m\n' "$$*"; }
warn() { printf '\033[33m%s\033[0m\n' "$$*" >&2; }

# The packages among "$$@" that are not installed, on one line.
missing_packages() {
    local package missing=()
    command -v dpkg-query >/dev/null || return 0
    for package in "$$@"; do
        [ "$$(dpkg-query -W -f='$${db:Status-Status}\n' "$$package" 2>/dev/null | head -n1)" = installed ] ||
            missing+=("$$package")
    done
    echo "$${missing[*]}"
}

# Installs what is missing if it may; says what to type otherwise, and goes on either way.
install_packages() {
    local missing as_root=()
    if ! command -v dpkg-query >/dev/null; then
        warn "Not a Debian system: papers (PDF) need Pango 1.44 or newer; install it with your own package manager."
        return 0
    fi
    missing=$$(missing_packages "$$@")
    [ -n "$$missing" ] || return 0
    if [ "$$(id -u)" -ne 0 ]; then
        if sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        else
            tell_missing "$$missing"
            return 0
        fi
    fi
    say "Installing Debian packages: $$missing"
    "$${as_root[@]}" apt-get update -q || true
    "$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends $$missing ||
        tell_missing "$$missing"
}

tell_missing() {
    local package
    warn ""
    warn "Debian packages are missing, and only root can install them. The line to run:"
    warn "    sudo apt-get update && sudo apt-get install --no-install-recommends $$1"
    for package in $$1; do
        case $$package in
            libpango*) warn "Going on without $$package: papers (PDF) cannot be made until it is there." ;;
            libharfbuzz*) warn "Going on without $$package: papers (PDF) take longer to make." ;;
            fonts-*) warn "Going on without $$package: papers (PDF) may lack letters." ;;
            chromium | libatomic1) warn "Going on without $$package: browser tests are left out." ;;
            *) warn "Going on without $$package: tests that need it are left out." ;;
        esac
    done
}

# install_requirements NAME FILE...: pip, unless the very same files were installed before.
install_requirements() {
    local stamp=$(VENV)/.installed-$$1 key
    shift
    key=$$(cat "$$@" | sha256sum)
    [ "$$(cat "$$stamp" 2>/dev/null)" != "$$key" ] || return 0
    say "Installing Python packages into $(VENV) (about half a minute)"
    rm -f "$$stamp"
    $(PY) -m pip install --quiet --no-input --disable-pip-version-check --require-hashes $${@/#/--requirement=}
    echo "$$key" >"$$stamp"
}

find_chromium() {
    if [ -n "$${CHROMIUM:-}" ]; then echo "$$CHROMIUM"; else command -v chromium || true; fi
}
endef
export LIB

.PHONY: help
help: ## this list
	@echo "make TARGET, where TARGET is one of:"
	sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r target text; do
	    printf '%-22s%s\n' "$$target" "$$text"
	done

# ---------------------------------------------------------------- installing

.PHONY: system
system: ## Debian packages papers need, if root or sudo allows; else says what to run
	@eval "$$LIB"
	install_packages $(APT_RUNTIME)

.PHONY: system-dev
system-dev: ## Debian packages papers and tests need, the same way
	@eval "$$LIB"
	install_packages $(APT_RUNTIME) $(APT_TESTS)

.PHONY: venv
venv:
	@if ! [ -x $(PY) ] || ! $(PY) -c '' 2>/dev/null; then
	    if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	        echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2
	        exit 1
	    fi
	    if ! $(PYTHON) -m venv --clear $(VENV); then
	        rm -rf $(VENV)
	        echo "No virtual environment could be made. On Debian: sudo apt-get install python3-venv" >&2
	        exit 1
	    fi
	fi

.PHONY: install
install: venv ## make .venv with what the application needs (again only when the lock file changes)
	@eval "$$LIB"
	install_requirements runtime requirements.txt

.PHONY: install-dev
install-dev: install ## add what tests and checks need
	@eval "$$LIB"
	install_requirements dev requirements.txt requirements-dev.txt

.PHONY: lock
lock: install-dev ## write the lock files anew from the .in files (UPGRADE=1: newest versions they allow)
	@for name in requirements requirements-dev; do
	    $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	        $(if $(UPGRADE),--upgrade) --output-file $$name.txt $$name.in
	done

.PHONY: translations
translations: install ## compile the message catalogues (.po to .mo)
	@$(MANAGE) compile_catalogs

# ------------------------------------------------------------------- running

.PHONY: run
run: system install translations ## start everything on http://127.0.0.1:8000 (PORT=8001 for another), with demo data
	@eval "$$LIB"
	export PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=$(PROJECT).settings
	answers() { (exec 3<>"/dev/tcp/$(HOST)/$(PORT)") 2>/dev/null; }
	if answers; then
	    warn "Something already answers on $(HOST):$(PORT). Try: make run PORT=$$(( $(PORT) + 1 ))"
	    exit 1
	fi
	# The settings know, whether it came from the environment or from .env. With Redis any number of workers may run;
	# without it one worker, which runs one task at a time, takes its messages from files.
	chosen=$$($(PY) -c 'from django.conf import settings as s; print(s.DEBUG, "prefork" if s.REDIS_URL else "solo")')
	read -r debug pool <<<"$$chosen"
	$(MANAGE) migrate --no-input --verbosity 0

	# The children get sessions of their own, so that Ctrl-C reaches this shell alone and it stops them in order.
	web= worker=
	stop_group() { [ -z "$$1" ] || kill -s "$$2" -- "-$$1" 2>/dev/null || true; }
	stop() {
	    trap '' INT TERM HUP
	    say "Stopping..."
	    stop_group "$$web" TERM
	    stop_group "$$worker" TERM
	    for _ in $$(seq 100); do
	        [ -n "$$(jobs -pr)" ] || break
	        sleep 0.1
	    done
	    stop_group "$$web" KILL
	    stop_group "$$worker" KILL
	    say "Stopped."
	}
	trap 'stop; exit 0' INT TERM HUP

	if [ "$$debug" = False ]; then
	    $(MANAGE) collectstatic --no-input --verbosity 0 --ignore 'bootstrap-icons/*.svg'
	    setsid $(PY) -m gunicorn $(PROJECT).wsgi:application --bind "$(HOST):$(PORT)" \
	        --workers "$${WEB_CONCURRENCY:-2}" --threads 4 &
	    web=$$!
	else
	    $(MANAGE) seed_demo --if-empty
	    DJANGO_RUNSERVER_HIDE_WARNING=true setsid $(MANAGE) runserver --verbosity 0 "$(HOST):$(PORT)" &
	    web=$$!
	fi
	# The one warning silenced is Celery's advice not to work as root.
	PYTHONWARNINGS="ignore:You're running the worker with superuser privileges" setsid $(PY) -m celery --app $(PROJECT) --quiet worker \
	    --beat --pool "$$pool" --concurrency "$${WORKER_CONCURRENCY:-2}" --loglevel "$${LOG_LEVEL:-WARNING}" &
	worker=$$!

	# A signal interrupts these waits at once, as it would not interrupt a command in the foreground.
	for _ in $$(seq 600); do
	    ! answers || break
	    kill -0 "$$web" 2>/dev/null || break
	    sleep 0.1 & wait $$! || true
	done
	if answers; then
	    say "The application is at http://$(HOST):$(PORT)/"
	    if [ "$$debug" = True ]; then
	        echo "Demo accounts, each with the password demo:"
	        echo "  admin hr centre rector vicerector international finance legal head secretary teacher researcher"
	    fi
	    missing=$$(missing_packages $(APT_RUNTIME))
	    [ -z "$$missing" ] || tell_missing "$$missing"
	    echo "Ctrl-C stops everything."
	fi
	worker_works=yes
	while kill -0 "$$web" 2>/dev/null; do
	    # make itself may be gone without a word (kill -9)
	    kill -0 "$$PPID" 2>/dev/null || { stop; exit 1; }
	    if [ $$worker_works = yes ] && ! kill -0 "$$worker" 2>/dev/null; then
	        worker_works=no code=0
	        wait "$$worker" || code=$$?
	        warn "The worker has ended (exit code $$code). The pages go on working, but papers, notices and scheduled"
	        warn "work wait until everything is started again: Ctrl-C, then make run."
	    fi
	    sleep 1 & wait $$! || true
	done
	code=0
	wait "$$web" || code=$$?
	warn "The web server has ended (exit code $$code)."
	stop
	exit 1

# ------------------------------------------------------------------- testing

.PHONY: test
test: system-dev install-dev translations ## all tests that can run here, those in a browser too where chromium is
	@eval "$$LIB"
	say "Tests"
	failed=0
	$(PY) -m pytest -n $(JOBS) -m "not browser" $(PYTEST_ARGS) || failed=$$?
	if [ -n "$$(find_chromium)" ]; then
	    $(MAKE) run-browser-tests || failed=1
	else
	    warn "Browser tests left out: there is no chromium here."
	fi
	exit $$failed

.PHONY: test-postgres
test-postgres: install-dev translations ## the tests on PostgreSQL and Redis: give DATABASE_URL and REDIS_URL
	@eval "$$LIB"
	case "$${DATABASE_URL:-}" in
	    postgres*) ;;
	    *) warn "DATABASE_URL must name a PostgreSQL database, such as postgres://postgres@127.0.0.1:5432/test"; exit 2 ;;
	esac
	say "Tests on PostgreSQL$${REDIS_URL:+ and Redis}"
	$(PY) -m pytest -n $(JOBS) -m "not browser" $(PYTEST_ARGS)

.PHONY: test-browser
test-browser: system-dev install-dev translations run-browser-tests ## only the tests that drive chromium

.PHONY: run-browser-tests
run-browser-tests:
	@eval "$$LIB"
	CHROMIUM=$$(find_chromium)
	if [ -z "$$CHROMIUM" ]; then
	    warn "There is no chromium here: install it, or name one with CHROMIUM=/path/to/it"
	    exit 1
	fi
	export CHROMIUM
	say "Browser tests, with $$CHROMIUM"
	code=0
	$(PY) -m pytest -n $(JOBS) -m browser $(PYTEST_ARGS) || code=$$?
	# 5: no test was selected, which is no failure here
	[ $$code -eq 5 ] || exit $$code

.PHONY: coverage
coverage: install-dev translations ## the tests again, with a report of the lines they reach
	@$(PY) -m pytest -n $(JOBS) -m "not browser" --cov --cov-report=term-missing:skip-covered --cov-report=html $(PYTEST_ARGS)

# ------------------------------------------------------------------ checking

.PHONY: lint
lint: install-dev ## style and common mistakes: Python, templates, security
	@failed=0
	$(PY) -m ruff check . || failed=1
	$(PY) -m ruff format --check . || failed=1
	$(PY) -m djlint --lint --quiet . || failed=1
	$(PY) -m bandit --quiet --recursive --severity-level medium --configfile pyproject.toml $(FLOORS) || failed=1
	exit $$failed

.PHONY: format
format: install-dev ## put the Python files in order
	@$(PY) -m ruff check --fix . || true
	$(PY) -m ruff format .

.PHONY: types
types: install-dev ## mypy
	@$(PY) -m mypy

.PHONY: contracts
contracts: install-dev ## imports point down only
	@$(PY) -c 'import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())'

.PHONY: migrations
migrations: install-dev ## no model has changed without a migration
	@$(MANAGE) makemigrations --check --dry-run

.PHONY: check-translations
check-translations: install-dev ## every text has its Kazakh, Russian and English
	@$(MANAGE) check_catalogs

.PHONY: audit
audit: install-dev ## known vulnerabilities in what is installed (asks the package index)
	@$(PY) -m pip_audit --disable-pip --require-hashes --requirement requirements.txt

.PHONY: bench
bench: install translations ## measure the times promised; BENCH_DATABASE_URL names another database
	@[ -z "$${BENCH_DATABASE_URL:-}" ] || export DATABASE_URL="$$BENCH_DATABASE_URL"
	$(MANAGE) bench $(BENCH_ARGS)

# ------------------------------------------------------------------ cleaning

.PHONY: clean
clean: ## remove what tools left behind; the local data in var/ and the .venv stay
	@find . \( -name .git -o -name $(VENV) -o -name var \) -prune -o -name __pycache__ -type d -print0 | xargs -0r rm -rf
	find . \( -name .git -o -name $(VENV) -o -name var \) -prune -o -name '*.mo' -type f -print0 | xargs -0r rm -f
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.* staticfiles test-results

.PHONY: distclean
distclean: clean ## remove the .venv too, but never var/
	@rm -rf $(VENV)
