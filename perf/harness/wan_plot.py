"""Pictures of a run over an emulated earth: what each link carried over time, and the ring drawn over the sites."""

from .wan_group import pairs


def _rates(samples):
    """Mbit/s on the wire between two samples, per link."""
    rates = {}
    for before, after in zip(samples, samples[1:]):
        span = after["at_s"] - before["at_s"]
        for link, count in after["bytes"].items():
            rates.setdefault(link, []).append((after["at_s"], (count - before["bytes"][link]) * 8e-6 / span))
    return rates


def plot(shape, row, args, path):
    import matplotlib
    matplotlib.use("Agg")  # no display is needed
    from matplotlib import pyplot

    figure, (time_axis, map_axis) = pyplot.subplots(1, 2, figsize=(14, 5), gridspec_kw={"width_ratios": [1.6, 1]})
    rates = _rates(row["links"])
    colours = ["tab:blue", "tab:orange", "tab:green", "tab:purple"]
    rings = [ring["sites"] for ring in row["rings"][-1]["rings"]]
    at = shape.member_sites()
    ways = [[(at[one], at[other]) for one, other in pairs(ring)] for ring in rings]
    used = sorted({pair for way in ways for pair in way if pair[0] != pair[1]})
    for i, j in used:
        link = f"{shape.sites[i]}>{shape.sites[j]}"
        if link in rates:
            time_axis.plot(*zip(*rates[link]), label=link.replace(">", " to "), linewidth=1.2)
    time_axis.axvspan(0, args.warm_up, color="0.92")
    for event in shape.events:
        time_axis.axvline(event.at_s, color="0.5", linestyle=":", linewidth=1)
    for update in row["updates_s"]:
        time_axis.axvline(update, color="tab:red", linestyle=":", linewidth=1)
    time_axis.axhline(min(min(ring) for ring in row["many_streams_bits"]) * 1538 / 1448 / 1e6, color="black", linestyle="--", linewidth=1, label="slowest link, many streams")
    time_axis.set(xlabel="seconds (grey: warm-up, not counted; red: another order)", ylabel="Mbit/s on the wire", title=shape.title, ylim=(0, None))
    time_axis.grid(True, alpha=0.3)
    time_axis.legend(fontsize=8 if len(used) <= 8 else 5, ncols=1 if len(used) <= 12 else 2)

    places = shape.positions or [(0, i) for i in range(len(shape.sites))]
    for colour, (i, j) in [(colours[n % len(colours)], pair) for n, way in enumerate(ways) for pair in way if pair[0] != pair[1]]:
        (y, x), (v, u) = places[i], places[j]
        map_axis.annotate("", xy=(u, v), xytext=(x, y), arrowprops={"arrowstyle": "-|>", "shrinkA": 8, "shrinkB": 8, "color": colour})
        map_axis.text((x + u) / 2, (y + v) / 2, f"{shape.rtt_ms[i][j]:g} ms\n{shape.rate_mbit[i][j]:g} Mbit/s", fontsize=7, ha="center", va="center", color="0.3")
    map_axis.scatter([x for _, x in places], [y for y, _ in places], zorder=3, color="tab:red")
    for name, (y, x) in zip(shape.sites, places):
        map_axis.annotate(name, (x, y), textcoords="offset points", xytext=(6, 6), fontsize=9)
    map_axis.margins(0.2)
    map_axis.set(xlabel="longitude", ylabel="latitude", title="the ring" if len(rings) == 1 else f"{len(rings)} rings")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
