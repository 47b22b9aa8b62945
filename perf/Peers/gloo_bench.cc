// gloo_bench BOARD RANK WORLD STORE_DIRECTORY - Gloo's all-reduce algorithms over TCP on loopback.
// SPDX-License-Identifier: MIT
//
// algorithm       Gloo's name                        in place   out of place
// ring            allreduce(), Algorithm::RING       yes        yes
// bcube           allreduce(), Algorithm::BCUBE      yes        yes
// old-ring        AllreduceRing                      yes        no
// old-chunked     AllreduceRingChunked               yes        no
// old-halving     AllreduceHalvingDoubling           yes        no
// old-bcube       AllreduceBcube                     yes        no
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

#include <gloo/allreduce.h>
#include <gloo/allreduce_bcube.h>
#include <gloo/allreduce_halving_doubling.h>
#include <gloo/allreduce_ring.h>
#include <gloo/allreduce_ring_chunked.h>
#include <gloo/math.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/rendezvous/prefix_store.h>
#include <gloo/transport/tcp/device.h>

#include "../Collectives/measure.h"

namespace {

struct Gloo {
  int rank, world;
  std::string directory;
  int connected;  // times so far; the ranks agree on it, so it names the rendezvous
  std::shared_ptr<gloo::rendezvous::Context> context;
  std::unique_ptr<gloo::Algorithm> old;

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

int prepare(void* state, const measure_command* command, void*, void* recv) {
  auto* g = static_cast<Gloo*>(state);
  const std::string name = command->algorithm;
  g->connect();
  if (std::strcmp(command->type, "f32") != 0 || std::strcmp(command->op, "sum") != 0) return 1;
  if (name == "ring" || name == "bcube") return 0;
  if (!command->in_place) return 1;
  const std::vector<float*> pointers{static_cast<float*>(recv)};
  const int count = static_cast<int>(command->count);
  if (name == "old-ring") g->old.reset(new gloo::AllreduceRing<float>(g->context, pointers, count));
  else if (name == "old-chunked") g->old.reset(new gloo::AllreduceRingChunked<float>(g->context, pointers, count));
  else if (name == "old-halving") g->old.reset(new gloo::AllreduceHalvingDoubling<float>(g->context, pointers, count));
  else if (name == "old-bcube") g->old.reset(new gloo::AllreduceBcube<float>(g->context, pointers, count));
  else return 1;
  return 0;
}

int run(void* state, const measure_command* command, const void* send, void* recv) {
  auto* g = static_cast<Gloo*>(state);
  if (g->old) {
    g->old->run();
    return 0;
  }
  gloo::AllreduceOptions options(g->context);
  options.setAlgorithm(std::strcmp(command->algorithm, "ring") == 0 ? gloo::AllreduceOptions::Algorithm::RING
                                                                    : gloo::AllreduceOptions::Algorithm::BCUBE);
  if (send != recv) options.setInput(static_cast<float*>(const_cast<void*>(send)), command->count);
  options.setOutput(static_cast<float*>(recv), command->count);
  void (*sum)(void*, const void*, const void*, size_t) = &gloo::sum<float>;
  options.setReduceFunction(sum);
  gloo::allreduce(options);
  return 0;
}

void finish(void* state) {
  auto* g = static_cast<Gloo*>(state);
  g->old.reset();
  g->context.reset();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: gloo_bench BOARD RANK WORLD STORE_DIRECTORY\n");
    return 2;
  }
  const int rank = std::atoi(argv[2]), world = std::atoi(argv[3]);
  measure_board* board = measure_open(argv[1], rank, world);
  try {
    Gloo g{rank, world, argv[4], 0, nullptr, nullptr};
    const measure_library library = {"gloo", &g, prepare, run, finish};
    return measure_serve(board, rank, world, &library);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gloo_bench: rank %d: %s\n", rank, e.what());
    return 1;
  }
}
