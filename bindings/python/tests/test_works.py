"""Works in the background, over real processes."""


def test_many_in_flight(group):
    assert group.run(3, "works:in_flight", operations=24, elements=20_000) == [[], [], []]


def test_tags_match_whatever_the_order(group):
    assert group.run(3, "works:tags") == [[], [], []]


def test_a_running_work_says_so(group):
    first, *others = group.start(2, "works:one_waits")
    first.event("running")
    for other in others:
        other.tell()
    said = first.result()
    assert said[:2] == [True, "<collectives.Work running or not yet asked>"]
    status, message = said[2]
    assert status == 1 and message.startswith("the work has not ended within 0.0") and message.endswith("it goes on")
    assert said[3:] == ["nothing at once", [], 1, True, True, "the work has been destroyed"]
    assert [other.result() for other in others] == [None]


def test_await(group):
    first, other = group.start(2, "works:awaits")
    first.event("ticking")
    other.tell()
    assert first.result() == [3, True, True, True, True, True]
    assert other.result() is None


def test_a_dropped_work_goes_on(group):
    first, other = group.start(2, "works:dropped")
    first.event("dropped")
    other.tell()
    assert first.result() == [True, True, True]
    assert other.result() is True


def test_the_interpreter_lock_is_free_during_a_wait(group):
    first, other = group.start(2, "works:count_meanwhile")
    first.event("counted")  # says so only while the main thread sits in all_reduce
    other.tell()
    assert first.result() >= 100_000
    assert other.result() is None


def test_several_threads_on_one_communicator(group):
    assert group.run(2, "works:threads", operations=100) == [[], []]
