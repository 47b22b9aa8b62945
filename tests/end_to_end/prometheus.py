"""A strict reader of Prometheus' text format, version 0.0.4: what is not right to the letter is an error.

Stricter than a scraper has to be: HELP, TYPE and the samples of a family stand together, in this order; no name and no label set
comes twice; counters end in _total and are not negative; units are seconds and bytes.
"""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}


def parse(text):
    """family -> (type, {labels as a sorted tuple of pairs: value})"""
    assert text.endswith("\n") and "\r" not in text
    families = {}
    lines = iter(text[:-1].split("\n"))
    line = next(lines, None)
    while line is not None:
        helped = re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line)
        assert helped, f"expected a HELP line, found {line!r}"
        name = helped[1]
        assert name not in families, f"{name} comes twice"
        typed = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", next(lines, ""))
        assert typed and typed[1] == name, f"{name}: no TYPE behind its HELP"
        samples = {}
        for line in lines:
            if line.startswith("#"):
                break
            labels, value = sample(name, line)
            assert labels not in samples, f"{line!r} comes twice"
            samples[labels] = value
        else:
            line = None
        check(name, typed[2], samples)
        families[name] = (typed[2], samples)
    return families


def sample(family, line):
    """The labels and the value of one line."""
    found = SAMPLE.fullmatch(line)
    assert found, f"not a sample: {line!r}"
    assert found[1] == family, f"{found[1]} stands among the samples of {family}"
    pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2] or "")
    labels = tuple(sorted((key, re.sub(r"\\.", lambda escape: ESCAPES[escape[0]], value)) for key, value in pairs))
    assert len({key for key, _ in labels}) == len(labels), f"a label comes twice: {line!r}"
    return labels, float(found[3])


def check(name, kind, samples):
    """What the naming conventions ask for."""
    assert re.fullmatch(r"collectives_[a-z]+(_[a-z]+)*", name), name
    assert name.endswith("_total") == (kind == "counter"), name
    assert not re.search(r"_(ms|us|milliseconds|kb|mb)(_|$)", name), name
    if kind == "counter":
        assert all(value >= 0 for value in samples.values()), name
    keys = {tuple(key for key, _ in labels) for labels in samples}
    assert len(keys) <= 1, f"{name}: samples with different labels: {keys}"
