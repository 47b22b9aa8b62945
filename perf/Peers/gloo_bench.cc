// gloo_bench BOARD RANK WORLD STORE_DIRECTORY - Gloo's collectives over TCP on loopback.
// SPDX-License-Identifier: MIT
//
// collective      algorithm       Gloo's name                        in place   out of place
// all_reduce      ring            allreduce(), Algorithm::RING       yes        yes
//                 bcube           allreduce(), Algorithm::BCUBE      yes        yes
//                 old-ring        AllreduceRing                      yes        no
//                 old-chunked     AllreduceRingChunked               yes        no
//                 old-halving     AllreduceHalvingDoubling           yes        no
//                 old-bcube       AllreduceBcube                     yes        no
// reduce_scatter  old-halving     ReduceScatterHalvingDoubling, then a copy of the part; it overwrites its input
// broadcast       default         broadcast()
//                 old-one-to-all  BroadcastOneToAll
// barrier         default         barrier()
//                 old-all-to-all  BarrierAllToAll
//                 old-all-to-one  BarrierAllToOne
// send_recv       default         UnboundBuffer::send and recv
// all_gather, reduce, gather, scatter, all_to_all: "default", the function of that name
//
// Every command gets fresh connections, outside the time: the old classes size the sockets' buffers after their
// own (a few bytes for notifications), which would stay behind and slow down whatever runs next.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <gloo/allgather.h>
#include <gloo/allreduce.h>
#include <gloo/allreduce_bcube.h>
#include <gloo/allreduce_halving_doubling.h>
#include <gloo/allreduce_ring.h>
#include <gloo/allreduce_ring_chunked.h>
#include <gloo/alltoall.h>
#include <gloo/barrier.h>
#include <gloo/barrier_all_to_all.h>
#include <gloo/barrier_all_to_one.h>
#include <gloo/broadcast.h>
#include <gloo/broadcast_one_to_all.h>
#include <gloo/gather.h>
#include <gloo/math.h>
#include <gloo/reduce.h>
#include <gloo/reduce_scatter.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/rendezvous/prefix_store.h>
#include <gloo/scatter.h>
#include <gloo/transport/tcp/device.h>

#include "../Collectives/measure.h"

namespace {

struct Gloo {
  int rank, world;
  std::string directory;
  int connected;  // times so far; the ranks agree on it, so it names the rendezvous
  std::shared_ptr<gloo::rendezvous::Context> context;
  std::unique_ptr<gloo::Algorithm> old;
  // Of an old class that leaves its result in its input: what to copy from there.
  const void* result;
  size_t resultBytes;

  void connect() {
    gloo::rendezvous::FileStore files(directory);
    gloo::rendezvous::PrefixStore store(std::to_string(connected++), files);
    gloo::transport::tcp::attr attr("127.0.0.1");
    auto device = gloo::transport::tcp::CreateDevice(attr);
    context = std::make_shared<gloo::rendezvous::Context>(rank, world);
    context->setTimeout(std::chrono::seconds(60));
    context->connectFullMesh(store, device);
  }
};

bool is(const measure_command* command, const char* collective) { return std::strcmp(command->collective, collective) == 0; }

void add(void* out, const void* one, const void* other, size_t count) { gloo::sum<float>(out, one, other, count); }

// One of the old classes, which are made for their buffers; null if it is none.
gloo::Algorithm* makeOld(Gloo* g, const measure_command* command, void* send, void* recv) {
  const std::string name = command->algorithm;
  const int count = static_cast<int>(command->count);
  const std::vector<float*> out{static_cast<float*>(recv)};
  const std::vector<float*> own{static_cast<float*>(g->rank == 0 ? send : recv)};
  if (is(command, "all_reduce") && command->in_place) {
    if (name == "old-ring") return new gloo::AllreduceRing<float>(g->context, out, count);
    if (name == "old-chunked") return new gloo::AllreduceRingChunked<float>(g->context, out, count);
    if (name == "old-halving") return new gloo::AllreduceHalvingDoubling<float>(g->context, out, count);
    if (name == "old-bcube") return new gloo::AllreduceBcube<float>(g->context, out, count);
  }
  if (is(command, "reduce_scatter") && name == "old-halving") {
    g->result = send;
    g->resultBytes = command->part * sizeof(float);
    const std::vector<int> parts(static_cast<size_t>(g->world), static_cast<int>(command->part));
    return new gloo::ReduceScatterHalvingDoubling<float>(g->context, {static_cast<float*>(send)}, count, parts);
  }
  if (is(command, "broadcast") && name == "old-one-to-all") return new gloo::BroadcastOneToAll<float>(g->context, own, command->count);
  if (is(command, "barrier") && name == "old-all-to-all") return new gloo::BarrierAllToAll(g->context);
  if (is(command, "barrier") && name == "old-all-to-one") return new gloo::BarrierAllToOne(g->context);
  return nullptr;
}

int prepare(void* state, const measure_command* command, void* send, void* recv) {
  auto* g = static_cast<Gloo*>(state);
  const std::string name = command->algorithm;
  g->connect();
  if (std::strcmp(command->type, "f32") != 0 || std::strcmp(command->op, "sum") != 0) return 1;
  g->resultBytes = 0;
  g->old.reset(makeOld(g, command, send, recv));
  if (g->old) return 0;
  if (is(command, "all_reduce")) return name == "ring" || name == "bcube" ? 0 : 1;
  return name == "default" && !is(command, "reduce_scatter") ? 0 : 1;
}

void allReduce(Gloo* g, const measure_command* command, float* in, float* out) {
  gloo::AllreduceOptions options(g->context);
  options.setAlgorithm(std::strcmp(command->algorithm, "ring") == 0 ? gloo::AllreduceOptions::Algorithm::RING
                                                                    : gloo::AllreduceOptions::Algorithm::BCUBE);
  if (in != out) options.setInput(in, command->count);
  options.setOutput(out, command->count);
  options.setReduceFunction(add);
  gloo::allreduce(options);
}

void sendAndReceive(Gloo* g, const measure_command* command, float* in, float* out) {
  const size_t bytes = command->count * sizeof(float);
  auto source = g->context->createUnboundBuffer(in, bytes);
  auto target = g->context->createUnboundBuffer(out, bytes);
  target->recv((g->rank + g->world - 1) % g->world, 0);
  source->send((g->rank + 1) % g->world, 0);
  target->waitRecv(g->context->getTimeout());
  source->waitSend(g->context->getTimeout());
}

int run(void* state, const measure_command* command, const void* send, void* recv) {
  auto* g = static_cast<Gloo*>(state);
  auto* in = static_cast<float*>(const_cast<void*>(send));
  auto* out = static_cast<float*>(recv);
  const size_t count = command->count, part = command->part;
  if (g->old) {
    g->old->run();
    if (g->resultBytes > 0) std::memcpy(recv, g->result, g->resultBytes);
  } else if (is(command, "all_reduce")) {
    allReduce(g, command, in, out);
  } else if (is(command, "all_gather")) {
    gloo::AllgatherOptions options(g->context);
    options.setInput(in, part);
    options.setOutput(out, count);
    gloo::allgather(options);
  } else if (is(command, "broadcast")) {
    gloo::BroadcastOptions options(g->context);
    options.setOutput(g->rank == 0 ? in : out, count);
    options.setRoot(0);
    gloo::broadcast(options);
  } else if (is(command, "reduce")) {
    gloo::ReduceOptions options(g->context);
    options.setInput(in, count);
    options.setOutput(out, count);
    options.setRoot(0);
    options.setReduceFunction(add);
    gloo::reduce(options);
  } else if (is(command, "gather")) {
    gloo::GatherOptions options(g->context);
    options.setInput(in, part);
    if (g->rank == 0) options.setOutput(out, count);
    options.setRoot(0);
    gloo::gather(options);
  } else if (is(command, "scatter")) {
    gloo::ScatterOptions options(g->context);
    std::vector<float*> parts;
    for (int r = 0; r < g->world; r++) parts.push_back(in + static_cast<size_t>(r) * part);
    if (g->rank == 0) options.setInputs(parts, part);
    options.setOutput(out, part);
    options.setRoot(0);
    gloo::scatter(options);
  } else if (is(command, "all_to_all")) {
    gloo::AlltoallOptions options(g->context);
    options.setInput(in, count);
    options.setOutput(out, count);
    gloo::alltoall(options);
  } else if (is(command, "send_recv")) {
    sendAndReceive(g, command, in, out);
  } else if (is(command, "barrier")) {
    gloo::BarrierOptions options(g->context);
    gloo::barrier(options);
  } else {
    return 1;
  }
  return 0;
}

void finish(void* state) {
  auto* g = static_cast<Gloo*>(state);
  g->old.reset();
  g->context.reset();
}

int spoilsInput(void*, const measure_command* command) { return is(command, "reduce_scatter"); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: gloo_bench BOARD RANK WORLD STORE_DIRECTORY\n");
    return 2;
  }
  const int rank = std::atoi(argv[2]), world = std::atoi(argv[3]);
  measure_board* board = measure_open(argv[1], rank, world);
  try {
    Gloo g{rank, world, argv[4], 0, nullptr, nullptr, nullptr, 0};
    const measure_library library = {"gloo", &g, prepare, run, finish, nullptr, spoilsInput, rank};
    return measure_serve(board, rank, world, &library);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gloo_bench: rank %d: %s\n", rank, e.what());
    return 1;
  }
}
