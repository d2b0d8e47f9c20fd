# Apus: a local AWS. `make run` serves it, `make test` proves it, `make bench` measures it.

SWIFT ?= swift
PORT ?= 4566
# One file without Swift libraries beside it, and generics specialised across targets.
RELEASE = -c release --static-swift-stdlib -Xswiftc -cross-module-optimization -Xlinker -s
CHECKED = --explicit-target-dependency-import-check error
BIN = .build/release/apus
VENV = .venv
PYTEST_ARGS ?=
FUZZ_SECONDS ?= 60

.PHONY: run build test test-unit test-clients fuzz bench bench-scale bench-queues bench-functions demo libraries clean

run: build
	exec $(BIN) serve --port $(PORT) $(ARGS)

demo: build
	$(BIN) demo boletia

build: libraries
	$(SWIFT) build $(RELEASE) $(CHECKED) --product apus

test: test-unit test-clients

test-unit: libraries
	$(SWIFT) build --build-tests $(CHECKED)
	$(SWIFT) test --skip-build --parallel

# Terraform's provider waits more than it works: its tests run beside the others. With PYTEST_ARGS, all in one run.
test-clients: PYTEST = APUS=$(abspath $(BIN)) $(VENV)/bin/python -m pytest
test-clients: build $(VENV)/.complete
ifeq ($(PYTEST_ARGS),)
	log=$$(mktemp) && { $(PYTEST) Tests/Clients/test_terraform.py > $$log 2>&1 & } && \
	{ status=0; $(PYTEST) Tests/Clients --ignore=Tests/Clients/test_terraform.py || status=1; wait $$! || status=1; cat $$log; rm -f $$log; exit $$status; }
else
	$(PYTEST) Tests/Clients $(PYTEST_ARGS)
endif

$(VENV)/.complete: Tests/Clients/requirements.txt
	python3 -m venv $(VENV) || { scripts/install-libraries python3-venv && python3 -m venv --clear $(VENV); }
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

bench: libraries
	scripts/install-libraries redis-server redis-tools
	$(SWIFT) build $(RELEASE) $(CHECKED)
	.build/release/apus-bench --apus $(BIN) $(ARGS)

# What queues cost, a million messages included. ARGS="--messages 10000" for less.
bench-queues: libraries
	$(SWIFT) build $(RELEASE) $(CHECKED)
	.build/release/apus-bench --apus $(BIN) --queues $(ARGS)

# What functions cost: invocations, streams and queues that feed them. ARGS="--messages 10000" for less.
bench-functions: libraries
	$(SWIFT) build $(RELEASE) $(CHECKED)
	.build/release/apus-bench --functions $(ARGS)

# What a table of a million items costs; takes minutes, so only when asked for. ARGS="--largest 100000" for less.
bench-scale: libraries
	$(SWIFT) build $(RELEASE) $(CHECKED)
	directory=$$(mktemp -d) && { .build/release/apus-bench --apus $(BIN) --scale --data $$directory $(ARGS); status=$$?; rm -rf $$directory; exit $$status; }

# No input may crash or hang a parser: mutated input for FUZZ_SECONDS in all; FUZZ_SEED repeats a run.
fuzz: libraries
	$(SWIFT) build --build-tests
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(SWIFT) test --skip-build --filter FuzzTests.Fuzzing

# The C libraries that Apus stands on; installs what is missing when it may.
libraries:
	@scripts/install-libraries libssl-dev libsqlite3-dev zlib1g-dev libyaml-dev

clean:
	rm -rf .build $(VENV)
