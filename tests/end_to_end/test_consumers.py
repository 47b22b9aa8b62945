"""A C programmer's ways to the library: header alone, pkg-config, CMake; in dist/ and where it is installed."""

import os
import socket
import subprocess

import pytest

from surface import DIST, ROOT, run

EXAMPLES = ROOT / "bindings/c/examples"
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """`make install`, staged below DESTDIR: what packagers do. The tree is then used from where it lies."""
    stage = tmp_path_factory.mktemp("stage")
    run("make", "-C", ROOT, "install-only", f"DESTDIR={stage}", "PREFIX=/opt/collectives")
    return stage / "opt/collectives"


@pytest.fixture(params=["dist", "installed"])
def prefix(request):
    return DIST if request.param == "dist" else request.getfixturevalue("installed")


@pytest.mark.parametrize(
    "compiler", [["gcc", "-std=c99", "-x", "c"], ["gcc", "-std=c17", "-x", "c"], ["g++", "-std=c++98", "-x", "c++"],
                 ["g++", "-std=c++17", "-x", "c++"]], ids=lambda compiler: compiler[1],
)
def test_header_alone(compiler, tmp_path):
    source = tmp_path / "only.c"
    source.write_text("#include <collectives.h>\ncoll_config config = COLL_CONFIG_INIT;\n")
    pedantic = STRICT if "98" not in compiler[1] else [*STRICT, "-Wno-long-long"]
    run(*compiler, *pedantic, "-fsyntax-only", f"-I{DIST}/include", source)


def build_with_pkg_config(prefix, out):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "collectives", env=environment).split()
    runpath = f"-Wl,-rpath,{prefix}/lib"
    common = EXAMPLES / "common.c"
    for name in ["all_reduce", "async_overlap"]:
        run("gcc", "-std=c99", *STRICT, EXAMPLES / f"{name}.c", common, *flags, runpath, "-o", out / name)
    run("g++", "-std=c++11", *STRICT, EXAMPLES / "all_reduce.cpp", *flags, runpath, "-o", out / "all_reduce_cpp")


def build_with_cmake(prefix, out):
    run("cmake", "-S", EXAMPLES, "-B", out, f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", out)


def run_group(program, world):
    """Member 0 brings the coordinator; the others try its port until it listens."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTIVES_")}
    port = free_port()
    members = [
        subprocess.Popen(
            [program, "--serve" if rank == 0 else "--coordinator", f"127.0.0.1:{port}", "--members", str(world)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        )
        for rank in range(world)
    ]
    try:
        outputs = [member.communicate(timeout=60)[0] for member in members]
    finally:
        for member in members:
            member.kill()
    assert [member.returncode for member in members] == [0] * world, "\n".join(outputs)
    return outputs


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("build", [build_with_pkg_config, build_with_cmake])
def test_examples(build, prefix, tmp_path):
    build(prefix, tmp_path)
    for program in ["all_reduce", "async_overlap", "all_reduce_cpp"]:
        assert "rank 0 of 1" in run_group(tmp_path / program, 1)[0]
        outputs = run_group(tmp_path / program, 3)
        assert sorted(output.split(":")[0] for output in outputs) == [f"rank {rank} of 3" for rank in range(3)]


def test_examples_read_the_environment(tmp_path):
    build_with_pkg_config(DIST, tmp_path)
    port = free_port()
    environment = {**os.environ, "COLLECTIVES_COORDINATOR": f"127.0.0.1:{port}", "COLLECTIVES_MIN_MEMBERS": "2"}
    server = subprocess.Popen(
        [tmp_path / "all_reduce", "--serve", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert "of 2" in run(tmp_path / "all_reduce", env=environment)
        assert "of 2" in server.communicate(timeout=60)[0]
    finally:
        server.kill()


def test_loader_picks_the_build_for_this_processor(tmp_path):
    """glibc looks into glibc-hwcaps/ itself; which of its directories count it says in its own help."""
    build_with_pkg_config(DIST, tmp_path)
    loaded = run(tmp_path / "all_reduce", env={**os.environ, "LD_DEBUG": "files"})
    supported = "x86-64-v3 (supported" in run("/lib64/ld-linux-x86-64.so.2", "--help")
    assert ("glibc-hwcaps/x86-64-v3/libcollectives.so.1" in loaded) == supported
    assert (DIST / "lib/libcollectives.so.1").resolve() == DIST / "lib/libcollectives.so"
