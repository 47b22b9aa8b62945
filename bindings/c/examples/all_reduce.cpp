// The sum of a std::vector over all members, in C++11, with handles that free themselves. Usage as for the C
// example: --serve HOST:PORT or --coordinator HOST:PORT, and --members N.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <collectives.h>

namespace
{

void check(coll_status status, const char *call)
{
    if (status == COLL_OK)
        return;
    std::string words(coll_last_error(nullptr, 0), '\0');
    coll_last_error(&words[0], words.size() + 1);
    throw std::runtime_error(std::string(call) + ": " + coll_status_name(status) + ": " + words);
}

struct Destroy {
    void operator()(coll_comm *comm) const { coll_comm_destroy(comm); }
    void operator()(coll_coordinator *coordinator) const { coll_coordinator_stop(coordinator); }
};

using Coordinator = std::unique_ptr<coll_coordinator, Destroy>;

class Communicator
{
  public:
    explicit Communicator(const coll_config &config)
    {
        coll_comm *created = nullptr;
        check(coll_comm_create(&config, &created), "coll_comm_create");
        comm_.reset(created);
    }

    coll_epoch_info info() const
    {
        coll_epoch_info info = COLL_EPOCH_INFO_INIT;
        check(coll_comm_info(comm_.get(), &info), "coll_comm_info");
        return info;
    }

    void sum(std::vector<double> &values)
    {
        check(coll_all_reduce(comm_.get(), values.data(), values.data(), values.size(), COLL_F64, COLL_SUM, nullptr,
                              nullptr),
              "coll_all_reduce");
    }

  private:
    std::unique_ptr<coll_comm, Destroy> comm_;
};

int run(int argc, char **argv)
{
    std::string address, serve;
    coll_config config = COLL_CONFIG_INIT;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        if (name == "--coordinator")
            address = argv[i + 1];
        else if (name == "--serve")
            serve = argv[i + 1];
        else if (name == "--members")
            config.min_members = static_cast<uint32_t>(std::strtoul(argv[i + 1], nullptr, 10));
        else
            throw std::invalid_argument("expected --coordinator, --serve or --members, found " + name);
    }

    Coordinator coordinator; // declared first, so that it outlives the communicator
    if (!serve.empty() || (address.empty() && std::getenv("COLLECTIVES_COORDINATOR") == nullptr)) {
        coll_coordinator_config server = COLL_COORDINATOR_CONFIG_INIT;
        coll_coordinator *started = nullptr;
        server.listen = serve.empty() ? nullptr : serve.c_str();
        check(coll_coordinator_start(&server, &started), "coll_coordinator_start");
        coordinator.reset(started);
        address = "127.0.0.1:" + std::to_string(coll_coordinator_port(started));
    }
    config.coordinator = address.empty() ? nullptr : address.c_str();

    Communicator communicator(config);
    const coll_epoch_info info = communicator.info();
    std::vector<double> values(1000, info.rank + 1.0);
    communicator.sum(values);

    const double expected = info.world * (info.world + 1.0) / 2;
    for (double value : values)
        if (value != expected)
            throw std::runtime_error("expected " + std::to_string(expected) + ", found " + std::to_string(value));
    std::printf("rank %u of %u: the sum is %g\n", static_cast<unsigned>(info.rank), static_cast<unsigned>(info.world),
                expected);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
