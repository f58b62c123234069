# Two commands do everything: `make run` and `make test`. `make check` is the quick part of the tests.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready

.PHONY: run test coverage check browser databases clean

run: $(READY)
	$(VENV)/bin/milepost up

test: $(READY) browser databases check
	$(VENV)/bin/python -m pytest

# Which lines no test reaches: half as long again as the tests by themselves.
coverage: $(READY) browser databases
	$(VENV)/bin/python -m pytest --cov=etl --cov=metrics --cov=dashboard --cov=milepost --cov-branch --cov-report=term:skip-covered

check: $(READY)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --requirement requirements.lock
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(READY)

# The browser tests need Chromium and a Chinese font; Debian's packages if there are none yet.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 && fc-list :lang=zh | grep -q . \
		|| tests/browser/install.sh

# The tests of databases start PostgreSQL and MariaDB servers of their own; Debian's packages if there
# are none yet.
databases:
	@ls /usr/lib/postgresql/*/bin/initdb /usr/sbin/mariadbd /usr/bin/mariadb-install-db \
		/usr/bin/my_print_defaults >/dev/null 2>&1 || tests/databases/install.sh

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
