# make            lists the targets
# make build      leaves everything that is shipped in dist/

PREFIX        ?= /usr/local
DESTDIR       ?=
CONFIGURATION := Release
PYTHON        := /usr/bin/python3
MINUTES       ?= 2
SEED          ?= 1
SEEDS         ?= 1000
export SEED
VERSION       := $(shell sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)

# No compiler or build server outlives the command that started it.
export MSBUILDDISABLENODEREUSE := 1
export UseSharedCompilation := false
export DOTNET_CLI_USE_MSBUILD_SERVER := 0
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export DOTNET_SKIP_FIRST_TIME_EXPERIENCE := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

# ---- What is shipped ---------------------------------------------------------------------------------

SHARED_SOURCES := $(wildcard Directory.*.props) .editorconfig
LIBRARY_SOURCES := $(shell find src/Native src/Communicator src/Membership src/Algorithms src/Transport \
                     -type f -not -path '*/bin/*' -not -path '*/obj/*') $(SHARED_SOURCES)
TOOL_SOURCES := $(shell find src/Tool -type f -not -path '*/bin/*' -not -path '*/obj/*') $(LIBRARY_SOURCES)
WHEEL_SOURCES := $(shell find bindings/python -type f -not -path '*/__pycache__/*' 2>/dev/null)

BASELINE := dist/lib/libcollectives.so
MODERN   := dist/lib/glibc-hwcaps/x86-64-v3/libcollectives.so
TOOL     := dist/bin/collectives
WHEEL    := build/wheel.stamp
FILES    := dist/include/collectives.h dist/lib/pkgconfig/collectives.pc \
            $(patsubst bindings/c/cmake/%.in,dist/lib/cmake/Collectives/%,$(wildcard bindings/c/cmake/*.in))

build: build-dependencies $(BASELINE) $(MODERN) $(TOOL) $(FILES) $(WHEEL) ## library, header, pkg-config, CMake package, command and wheel, in dist/

# Callers of the library record its soname; the file itself keeps the plain name that ctypes and wheels use.
define place-library
	install -D -m 644 $(1)/libcollectives.so $@
	ln -sf libcollectives.so $@.1
endef

$(BASELINE): $(LIBRARY_SOURCES)
	dotnet publish src/Native -c $(CONFIGURATION) -o build/native/baseline -v quiet
	$(call place-library,build/native/baseline)

# The same library for processors with AVX2, FMA and BMI. The loader prefers this directory on them.
$(MODERN): $(BASELINE)
	dotnet publish src/Native -c $(CONFIGURATION) -o build/native/x86-64-v3 -v quiet -p:InstructionSet=x86-x64-v3
	$(call place-library,build/native/x86-64-v3)

$(TOOL): $(TOOL_SOURCES)
	dotnet publish src/Tool -c $(CONFIGURATION) -o build/native/tool -v quiet
	install -D -m 755 build/native/tool/collectives $@

dist/include/collectives.h: bindings/c/include/collectives.h
	install -D -m 644 $< $@

dist/lib/pkgconfig/%: bindings/c/%.in Directory.Build.props
	@mkdir -p $(@D)
	sed 's|@VERSION@|$(VERSION)|g' $< > $@

dist/lib/cmake/Collectives/%: bindings/c/cmake/%.in Directory.Build.props
	@mkdir -p $(@D)
	sed 's|@VERSION@|$(VERSION)|g' $< > $@

$(WHEEL): $(BASELINE) $(MODERN) $(WHEEL_SOURCES)
	rm -f dist/*.whl
	bindings/python/build_wheel.sh dist/lib dist
	@mkdir -p $(@D) && touch $@

install: build install-only ## copies dist/ to PREFIX (default /usr/local), below DESTDIR if that is given

install-only:
	@mkdir -p '$(DESTDIR)$(PREFIX)/share/collectives'
	cp -RP dist/bin dist/include dist/lib '$(DESTDIR)$(PREFIX)/'
	cp -P dist/*.whl '$(DESTDIR)$(PREFIX)/share/collectives/'

# ---- What uses it -------------------------------------------------------------------------------------

test: test-dependencies build test-programs wan stream ## all tests; the last line is "N passed, N failed"
	scripts/run-tests.sh

test-over-4-gib: test-dependencies build ## buffers of more than 4 GiB; needs 20 GiB of memory, and is no part of test
	$(PYTHON) -m pytest -q -rP -p no:cacheprovider -k over_4_gib bindings/python/tests

test-models: test-dependencies ## more of the membership protocol's interleavings: ten minutes and 6 GiB
	$(PYTHON) -m pytest -q -rP -p no:cacheprovider tests/Models/exhaustive.py

test-wan: test-dependencies wan ## what the emulator of perf/Wan sustains; five minutes with nothing else running
	$(PYTHON) -m pytest -q -rP -p no:cacheprovider tests/Wan/sustained.py

test-faults: test-dependencies build test-programs ## all of the fault matrix, seeded (SEED=n), and thousands of joins
	CELLS=all $(PYTHON) -m pytest -q -p no:cacheprovider tests/faults
	COLLECTIVES_TEST_CYCLES=3000 build/tests-c/joins members_come_and_go

simulate: ## groups in virtual time, many seeds: SEEDS=n for each shape, or for SHAPE=name, from SEED=s on
	SEEDS=$(SEEDS) SHAPE=$(SHAPE) dotnet test tests/Simulation/Simulation.Tests.csproj -c Release --nologo --logger 'console;verbosity=detailed'

soak: test-dependencies build test-programs ## members die and join for a while: MINUTES=n SEED=s
	$(PYTHON) tests/faults/soak.py --minutes $(MINUTES) --seed $(SEED)

demo: demo-dependencies build ## four processes train a small PyTorch model together
	$(PYTHON) bindings/python/examples/train_digits.py --launch 4 --plot build/loss_curve.png

bench: test-dependencies build ## our own figures beside the raw ceiling of plain sockets
bench-peers: peers-dependencies build ## the same beside Gloo and Open MPI, interleaved
bench-wan: wan-dependencies build ## over emulated links between sites, TOPOLOGY=europe or another of perf/Wan/topologies
-include perf/perf.mk

format: test-dependencies ## formats C#, C and C++ sources
	dotnet format Collectives.sln
	scripts/format-c.sh

clean: ## removes everything that was built
	rm -rf dist build
	find src tests -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} +


test-programs: $(BASELINE) dist/include/collectives.h
	@$(MAKE) --no-print-directory -C tests/c

.PHONY: help build test test-models test-faults simulate soak test-over-4-gib test-programs test-wan demo bench bench-peers bench-wan install install-only format clean \
        build-dependencies test-dependencies demo-dependencies peers-dependencies wan-dependencies

build-dependencies test-dependencies demo-dependencies peers-dependencies wan-dependencies:
	@scripts/install-dependencies.sh $(@:-dependencies=)
