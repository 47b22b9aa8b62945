"""Bus bandwidth over buffer size, one picture per world, one line per library."""


def plot(rows, path):
    """Draws the out-of-place rows measured with everyone's own congestion control; returns the path."""
    import matplotlib
    matplotlib.use("Agg")  # no display is needed
    from matplotlib import pyplot

    shown = [r for r in rows if not r["in_place"] and r.get("forced_congestion") is None]
    worlds = sorted({r["world"] for r in shown})
    figure, axes = pyplot.subplots(1, len(worlds), figsize=(6.5 * len(worlds), 4.8), squeeze=False)
    for axis, world in zip(axes[0], worlds):
        for library in dict.fromkeys(r["library"] for r in shown):
            line = sorted((r["bytes"], r["busbw"]) for r in shown if r["world"] == world and r["library"] == library)
            axis.plot(*zip(*line), marker="o", label=library, linestyle="--" if library.startswith("ceiling") else "-",
                      linewidth=2.5 if library == "ours" else 1.3)
        axis.set(xscale="log", yscale="log", title=f"all-reduce, f32 sum, {world} processes, out of place",
                 xlabel="buffer (bytes)", ylabel="busbw (GB/s)")
        axis.grid(True, which="major", alpha=0.3)
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path
