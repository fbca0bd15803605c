# Two commands: "make run" serves the collector, "make test" tests it.
# Both install what they need into .venv from hashed lock files.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: run demo ldap mysql postgres test test-mariadb test-postgres lint bench clean

run: $(VENV)/.gui
	@exec $(BIN)/python serve.py

# A collector with made-up people and images, in a state directory of its own.
demo: $(VENV)/.gui
	@$(BIN)/python -m server.demo var/demo http://127.0.0.1:8080
	@COLLECTOR_HOME=var/demo exec $(BIN)/python serve.py

# What logins with LDAP need beside; it is compiled, so who does not use it does without.
ldap: $(VENV)/.ldap

# The drivers of other databases than SQLite.
mysql: $(VENV)/.mysql
postgres: $(VENV)/.postgres

# What happens within seconds of something else has the machine to itself.
ALONE := $(addprefix tests/system/test_,notifications.py discovery.py live.py)

test: $(VENV)/.test $(VENV)/.gui
	@scripts/install-system
	@$(MAKE) --no-print-directory ldap || { echo "logins with LDAP are not tested" >&2; [ "$$CI" != true ]; }
	@$(MAKE) --no-print-directory lint
	@status=0; \
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/unit || status=1; \
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/web || status=1; \
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/browser || status=1; \
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/system $(ALONE:%=--ignore=%) || status=1; \
	$(BIN)/python -m pytest $(ALONE) || status=1; \
	exit $$status

# What has to do with a database once more, on a server that the run starts in memory and ends.
test-mariadb test-postgres: $(VENV)/.test
	@status=0; for folder in tests/unit tests/web; do \
	COLLECTOR_TEST_DATABASE=$(@:test-%=%) $(BIN)/python -m pytest -q -n 2 --dist loadfile $$folder \
	|| status=1; done; exit $$status

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/mypy applications/init/modules server cli manage.py registries.py serve.py scheduler.py wsgi.py

bench: $(VENV)/.test
	@for name in token search events discovery rest tables live login; do \
	$(BIN)/python -m bench.$$name --record || exit 1; done

$(VENV)/.python:
	@scripts/make-venv $(PYTHON) $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements/test.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.ldap: $(VENV)/.runtime requirements/ldap.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/ldap.txt || \
	{ echo "python-ldap can't be built; type this, then try again:" \
	"sudo apt-get install gcc python3-dev libldap-dev libsasl2-dev" >&2; exit 1; }
	@touch $@

$(VENV)/.mysql $(VENV)/.postgres: $(VENV)/.%: $(VENV)/.runtime requirements/%.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$*.txt
	@touch $@

# What the GUI takes from npm, copied into static/vendor.
$(VENV)/.gui: $(VENV)/.runtime scripts/make_gui.py gui/package-lock.json gui/icons.txt
	@$(BIN)/python scripts/make_gui.py
	@touch $@

clean:
	rm -rf $(VENV) gui/node_modules applications/init/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis
