#!/usr/bin/env python3
"""Data-parallel training with PyTorch: handwritten digits, one shard of the images for each member.

    train_digits.py --launch 4                                   # a coordinator and four processes, here
    train_digits.py --coordinator HOST:PORT --members 4          # one member; run it four times, anywhere

In each step every member computes the gradient of its own samples; all-reduce averages the gradients, weighted
by their samples, so that all members take the same step. At the end they compare their parameters bit for bit.
"""

import argparse
import hashlib
import sys
import time
from pathlib import Path
from typing import List, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # from a checkout, without installing

import collectives
from launch import launch

DATA = Path(__file__).resolve().parent / "data" / "digits.csv.gz"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--launch", type=int, metavar="N", help="start a coordinator and N members on this machine")
    where.add_argument("--coordinator", metavar="HOST:PORT", help="be one member, of the coordinator there")
    parser.add_argument("--members", type=int, default=1, metavar="N", help="members to wait for (default 1)")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the training images (default 20)")
    parser.add_argument("--batch", type=int, default=64, help="images per step, all members together (default 64)")
    parser.add_argument("--rate", type=float, default=0.1, help="learning rate (default 0.1)")
    parser.add_argument("--seed", type=int, default=1, help="of the model and the order of the images (default 1)")
    parser.add_argument("--plot", default="loss_curve.png", metavar="FILE", help="where rank 0 draws the loss curve")
    parser.add_argument("--token", help="secret shared with the coordinator (not with --launch)")
    found = parser.parse_args()
    for name in ("launch", "members", "epochs", "batch"):
        if getattr(found, name) is not None and getattr(found, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return found


def train(options: argparse.Namespace) -> int:
    import numpy
    import torch

    from gradient_buckets import GradientBuckets

    torch.set_num_threads(1)
    torch.manual_seed(options.seed)  # the same first parameters on all members

    with collectives.Communicator(options.coordinator, min_members=options.members, token=options.token) as comm:
        rank, world = comm.rank, comm.world
        images, digits, test_images, test_digits = load(torch, numpy, options.seed)
        model = torch.nn.Sequential(
            torch.nn.Conv2d(1, 16, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Flatten(),
            torch.nn.Linear(16 * 4 * 4, 128),
            torch.nn.ReLU(),
            torch.nn.Linear(128, 10),
        )
        optimizer = torch.optim.SGD(model.parameters(), lr=options.rate, momentum=0.9)
        gradients = GradientBuckets(model, bucket_elements=4096)
        if rank == 0:
            print(
                f"{world} members, {len(images)} training images, {len(test_images)} test images, "
                f"{gradients.flat.numel()} parameters in {len(gradients.buckets)} buckets",
                flush=True,
            )

        steps = max(1, round(len(images) / options.batch))
        losses: List[float] = []
        began = time.monotonic()
        for epoch in range(1, options.epochs + 1):
            order = numpy.random.default_rng([options.seed, epoch]).permutation(len(images))
            shard = order[rank::world]
            reduce_seconds = 0.0
            # loss and right answers of this member's samples, and their number; added up over the members below
            sums = torch.zeros(3, dtype=torch.float64)
            for batch in numpy.array_split(shard, steps):
                # A share of no samples still takes part in the step: a tiny weight, a gradient of zero.
                gradients.clear()
                if len(batch):
                    index = torch.from_numpy(batch)
                    output = model(images[index])
                    loss = torch.nn.functional.cross_entropy(output, digits[index])
                    loss.backward()
                    right = (output.argmax(1) == digits[index]).sum()
                    sums += torch.tensor([loss.item() * len(batch), right.item(), len(batch)], dtype=torch.float64)
                started = time.perf_counter()
                gradients.average(comm, weight=float(len(batch)) or 1e-6)
                reduce_seconds += time.perf_counter() - started
                optimizer.step()
            comm.all_reduce(sums)
            losses.append(float(sums[0] / sums[2]))
            if rank == 0:
                print(
                    f"epoch {epoch:3d}  loss {losses[-1]:.4f}  accuracy {float(sums[1] / sums[2]):6.2%}  "
                    f"all-reduce {reduce_seconds / steps * 1e3:.2f} ms a step",
                    flush=True,
                )

        accuracy = test_accuracy(torch, comm, model, test_images, test_digits)
        if rank == 0:
            print(f"test accuracy {accuracy:.2%} after {time.monotonic() - began:.1f} s", flush=True)
            draw(losses, accuracy, world, options.plot)
            print(f"loss curve in {options.plot}", flush=True)
        return compare(comm, model)


def load(torch, numpy, seed: int) -> Tuple:
    """Training and test images (n x 1 x 8 x 8, 0 to 1) and their digits; one in five images is for the test."""
    table = numpy.loadtxt(DATA, delimiter=",", dtype=numpy.float32)
    table = table[numpy.random.default_rng(seed).permutation(len(table))]
    images = torch.from_numpy(table[:, :64] / 16).reshape(-1, 1, 8, 8).contiguous()
    digits = torch.from_numpy(table[:, 64].astype(numpy.int64))
    test = len(table) // 5
    return images[test:], digits[test:], images[:test], digits[:test]


def test_accuracy(torch, comm: collectives.Communicator, model, images, digits) -> float:
    """The share of right answers; each member answers for its own part of the images."""
    mine = slice(comm.rank, None, comm.world)
    with torch.no_grad():
        right = (model(images[mine]).argmax(1) == digits[mine]).sum().reshape(1)
    comm.all_reduce(right, "sum")
    return right.item() / len(images)


def compare(comm: collectives.Communicator, model) -> int:
    """0 if all members have the same parameters: the smallest and the largest digest are then one and the same."""
    state = hashlib.sha256()
    for parameter in model.parameters():
        state.update(parameter.detach().numpy().tobytes())
    lowest, highest = bytearray(state.digest()), bytearray(state.digest())
    comm.all_reduce(lowest, "min")
    comm.all_reduce(highest, "max")
    same = lowest == highest
    verdict = "bit for bit the same on all members" if same else "DIFFERENT between members"
    print(f"rank {comm.rank}: parameters {verdict}, sha256 {state.hexdigest()[:16]}", flush=True)
    return 0 if same else 1


def draw(losses: List[float], accuracy: float, world: int, path: str) -> None:
    """The loss curve as a picture; matplotlib draws it without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    Path(path).resolve().parent.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots(figsize=(6, 4))
    axes.plot(range(1, len(losses) + 1), losses, marker="o", markersize=3)
    axes.set(xlabel="epoch", ylabel="training loss", yscale="log")
    axes.set_title(f"Digits on {world} members, test accuracy {accuracy:.1%}")
    axes.grid(True, which="both", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> int:
    options = arguments()
    if options.launch is None:
        return train(options)
    passed = [f"--{name}={getattr(options, name)}" for name in ("epochs", "batch", "rate", "seed", "plot")]
    return launch(__file__, options.launch, passed)


if __name__ == "__main__":
    sys.exit(main())
