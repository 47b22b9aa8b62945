#!/usr/bin/env python3
"""DistributedDataParallel trains on; one of its processes is killed; the others go on without it.

    ddp_survives.py --launch 3                            # a coordinator and three processes, here; the last one dies
    COLLECTIVES_COORDINATOR=HOST:PORT torchrun ... ddp_survives.py --die-at 0     # one process of torchrun's, none dies

Gradients are averages over the members that take part: over three at first, over two after the death. At the end those
that are left compare their parameters bit for bit.
"""

import argparse
import hashlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # from a checkout, without installing

import collectives


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launch", type=int, metavar="N", help="start a coordinator and N processes on this machine")
    parser.add_argument("--steps", type=int, default=100, help="training steps (default 100)")
    parser.add_argument("--die-at", type=int, default=40, metavar="STEP", help="the last rank's last step; 0: none dies")
    return parser.parse_args()


def train(options: argparse.Namespace) -> int:
    import torch
    import torch.distributed as dist

    import collectives.torch

    torch.set_num_threads(1)
    launch = collectives.torch.init()
    torch.manual_seed(launch.rank)  # each has samples of its own; the parameters are rank 0's
    model = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    model = torch.nn.parallel.DistributedDataParallel(model)
    model.register_comm_hook(None, collectives.torch.average_hook)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    comm = collectives.torch.communicator()
    world = comm.world
    for step in range(1, options.steps + 1):
        if step == options.die_at and launch.rank == launch.world - 1 > 0:
            print(f"rank {launch.rank} dies before step {step}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        samples = torch.randn(32, 20)
        loss = torch.nn.functional.mse_loss(model(samples), samples.sum(1, keepdim=True).sin())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if comm.world != world:
            print(f"rank {launch.rank}: {world} members before, {comm.world} from step {step} on", flush=True)
            world = comm.world
        if step % 20 == 0 and launch.rank == 0:
            print(f"step {step:3d}  loss {loss.item():.4f}  members {comm.world}", flush=True)

    state = hashlib.sha256()
    for parameter in model.parameters():
        state.update(parameter.detach().numpy().tobytes())
    digest = torch.tensor(list(state.digest()), dtype=torch.uint8)
    lowest, highest = digest.clone(), digest.clone()
    dist.all_reduce(lowest, dist.ReduceOp.MIN)
    dist.all_reduce(highest, dist.ReduceOp.MAX)
    same = bool((lowest == highest).all())
    verdict = "bit for bit the same on all members" if same else "DIFFERENT between members"
    print(f"rank {launch.rank}: parameters {verdict}, sha256 {state.hexdigest()[:16]}", flush=True)
    dist.barrier()
    return 0 if same else 1


def launch(options: argparse.Namespace) -> int:
    """0 if all end well but the one that is to die."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # In this process, which does not die: any rank may.
    with collectives.Coordinator() as coordinator:
        command = [sys.executable, __file__, f"--steps={options.steps}", f"--die-at={options.die_at}"]
        variables = {
            "COLLECTIVES_COORDINATOR": coordinator.address,
            "WORLD_SIZE": str(options.launch),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
        processes = [
            subprocess.Popen(command, env={**os.environ, **variables, "RANK": str(rank)})
            for rank in range(options.launch)
        ]
        codes = [process.wait() for process in processes]
    dies = 0 < options.die_at <= options.steps and options.launch > 1
    expected = [0] * (options.launch - 1) + [-signal.SIGKILL if dies else 0]
    print("all as expected" if codes == expected else f"exit statuses {codes}", flush=True)
    return 0 if codes == expected else 1


def main() -> int:
    options = arguments()
    return train(options) if options.launch is None else launch(options)


if __name__ == "__main__":
    sys.exit(main())
