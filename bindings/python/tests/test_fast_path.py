"""The coordinator is no part of a collective."""

import time

import pytest
from processes import Group
from proxy import CountingProxy

OPERATIONS = 1000
HEARTBEAT = 3000.0  # seconds: the next one is far away, so every byte that passes would be a message


@pytest.fixture
def proxied():
    """A group whose members reach their coordinator through a proxy."""
    group = Group()
    proxy = CountingProxy(group.coordinator.address)
    group.address = proxy.address
    yield group, proxy
    group.close()
    proxy.close()


def quiet(proxy):
    """The bytes that have passed, once none has for half a second: the roster's news have arrived everywhere."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 0.5:
        if proxy.bytes_passed != seen:
            seen, since = proxy.bytes_passed, time.monotonic()
        time.sleep(0.01)
    return seen


def test_a_thousand_all_reduces_exchange_nothing_with_the_coordinator(proxied):
    group, proxy = proxied
    members = group.start(3, "reducing:on_command", operations=OPERATIONS, heartbeat=HEARTBEAT)
    for member in members:
        member.event("joined")
    before = quiet(proxy)
    assert proxy.connections == 3 and before > 0
    for member in members:
        member.tell()
    for member in members:
        member.event("done")
    assert quiet(proxy) == before
    for member in members:
        member.tell()
    for member in members:
        assert member.result() == [OPERATIONS, 0]
