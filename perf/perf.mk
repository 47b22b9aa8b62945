# The benchmark clients, built into build/perf/, and their recipes. Included by the root Makefile; also works
# alone: make -f perf/perf.mk perf

PERF_OUT     := build/perf
PERF_CFLAGS  := -O3 -march=native -g -Wall -Wextra -Werror
PERF_MEASURE := $(addprefix perf/Collectives/,measure.c board.c pattern.c shape.c)
PERF_HEADERS := $(wildcard perf/Collectives/*.h perf/Ceiling/*.h)
PERF_OBJECTS := $(patsubst perf/Collectives/%.c,$(PERF_OUT)/%.o,$(PERF_MEASURE))
PERF_PYTHON  ?= /usr/bin/python3

PERF_CEILING := $(PERF_OUT)/raw_ring
PERF_PEERS   := $(PERF_OUT)/gloo_bench $(PERF_OUT)/mpi_bench $(PERF_OUT)/congestion_preload.so
PERF_OURS    := $(PERF_OUT)/coll_bench $(PERF_OUT)/coll_stream

.PHONY: stream perf perf-ours perf-peers bench bench-peers bench-wan wan

perf: perf-ours perf-peers

perf-ours: $(PERF_CEILING) $(PERF_OURS)

perf-peers: $(PERF_CEILING) $(PERF_PEERS)

$(PERF_OUT):
	mkdir -p $@

$(PERF_OBJECTS): $(PERF_OUT)/%.o: perf/Collectives/%.c $(PERF_HEADERS) | $(PERF_OUT)
	$(CC) -std=c11 $(PERF_CFLAGS) -c $< -o $@

$(PERF_OUT)/raw_ring: perf/Ceiling/raw_ring.c perf/Ceiling/ring_sockets.c $(PERF_OBJECTS) $(PERF_HEADERS)
	$(CC) -std=c11 $(PERF_CFLAGS) $(filter %.c %.o,$^) -o $@

$(PERF_OUT)/gloo_bench: perf/Peers/gloo_bench.cc $(PERF_OBJECTS) $(PERF_HEADERS)
	$(CXX) -std=c++14 -O3 -march=native -g -Wall $(filter %.cc %.o,$^) -lgloo -lpthread -o $@

$(PERF_OUT)/mpi_bench: perf/Peers/mpi_bench.c $(PERF_OBJECTS) $(PERF_HEADERS)
	mpicc -std=c11 $(PERF_CFLAGS) $(filter %.c %.o,$^) -o $@

$(PERF_OUT)/congestion_preload.so: perf/Peers/congestion_preload.c | $(PERF_OUT)
	$(CC) -std=c11 $(PERF_CFLAGS) -fPIC -shared $< -ldl -o $@

# libcollectives.so is found at run time next to dist/lib, where the loader picks the x86-64-v3 build by itself.
$(PERF_OURS): $(PERF_OUT)/%: perf/Collectives/%.c $(PERF_OBJECTS) $(PERF_HEADERS) bindings/c/include/collectives.h dist/lib/libcollectives.so
	$(CC) -std=c11 $(PERF_CFLAGS) -Ibindings/c/include $(filter %.c %.o,$^) -Ldist/lib -lcollectives \
		-Wl,-rpath,'$$ORIGIN/../../dist/lib' -o $@

# The emulator of links between sites.
PERF_WAN := build/wan/wan

wan: $(PERF_WAN)

stream: $(PERF_OUT)/coll_stream

$(PERF_WAN): $(shell find perf/Wan -type f -not -path '*/bin/*' -not -path '*/obj/*') Directory.Build.props Directory.Packages.props
	dotnet publish perf/Wan -c Release -o $(@D) -v quiet --nologo
	@touch $@

# The clients are built by a make of their own, which looks for libcollectives.so after `build` has made it.
# BENCH_FLAGS: options for bench.py, for example BENCH_FLAGS="--quick" or BENCH_FLAGS="--types bf16,f16,f32".
bench:
	$(MAKE) -f perf/perf.mk perf-ours
	$(PERF_PYTHON) perf/bench.py bench $(BENCH_FLAGS)

bench-wan:
	$(MAKE) -f perf/perf.mk perf-ours wan
	$(PERF_PYTHON) perf/bench.py wan $(TOPOLOGY) $(BENCH_FLAGS)

bench-peers:
	$(MAKE) -f perf/perf.mk perf
	$(PERF_PYTHON) perf/bench.py peers --plot perf/results/peers.png $(BENCH_FLAGS)
