"""Packet filters of sites, as firewalls and routers at home have them: connections are let out, and not in."""

import subprocess


def why_not():
    """Empty if filters can be set here."""
    tried = subprocess.run(["unshare", "-n", "nft", "add table inet t; add chain inet t c { type filter hook input priority 0; }"],
                           capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"no packet filters here: {tried.stderr.strip()}"


def lets_nobody_in(site, but_at=None):
    """Drops connections that come in, but for those at these ports ("30000-30100")."""
    _drop_beginnings(site, "input", f"tcp dport != {but_at}" if but_at else "")


def lets_nobody_out(site, but_to):
    """Drops connections that go out, but for those to this port."""
    _drop_beginnings(site, "output", f"tcp dport != {but_to}")


def _drop_beginnings(site, hook, such):
    site.run("nft", f"add table inet walls; add chain inet walls {hook} {{ type filter hook {hook} priority 0; }}; "
                    f"add rule inet walls {hook} tcp flags & (syn | ack) == syn {such} drop")
