"""What torch.distributed calls return: works of torch, over works of the library."""

import threading
import time
from datetime import timedelta
from typing import Any, Callable, List, Optional, Sequence

import torch
from torch._C._distributed_c10d import Work as TorchWork

from .. import Result, Timeout, Work
from ._watcher import WATCHER

_NO_TIMEOUT = timedelta(0)


class CollectivesWork(TorchWork):  # type: ignore[misc, valid-type]
    """One or several operations of the library that are one call of torch's."""

    def __init__(
        self,
        works: Sequence[Work],
        tensors: List[Any],
        finish: Optional[Callable[[], None]] = None,
        released: Optional[Callable[["CollectivesWork"], None]] = None,
    ) -> None:
        """`tensors`: what the call gives; `finish` brings results to where torch expects them, `released` is called when
        nobody in C++ needs this object any more."""
        super().__init__()
        self.works = list(works)
        self._tensors = tensors
        self._finish = finish
        self._released = released
        self._settling = threading.Lock()
        self._settled = False
        self._error: Optional[BaseException] = None
        self._future: Optional["torch.futures.Future[Any]"] = None
        self.outcomes: List[Result] = []
        """how the operations went, once they have ended well"""

    def wait(self, timeout: timedelta = _NO_TIMEOUT) -> bool:
        """Waits for the end; raises the operation's error, or RuntimeError if the timeout (0: none) is over before."""
        limited = isinstance(timeout, timedelta) and timeout > _NO_TIMEOUT
        end = time.monotonic() + timeout.total_seconds() if limited else 0.0
        for work in self.works:
            try:
                work.wait(max(0.0, end - time.monotonic()) if limited else None)
            except Timeout as error:
                raise RuntimeError(f"Timed out: {error}") from error
            except Exception:
                break
        self.settle()
        self._release()
        if self._error is not None:
            raise self._error
        return True

    def synchronize(self) -> None:
        """The same as wait: there is no stream to wait on."""
        self.wait()

    def is_completed(self) -> bool:
        """Whether it has ended, well or not."""
        if not self._settled and all(map(_has_ended, self.works)):
            self.settle()
        return self._settled

    def is_success(self) -> bool:
        """Whether it has ended well."""
        return self.is_completed() and self._error is None

    def exception(self) -> Optional[BaseException]:
        """The error that it has ended with."""
        return None if self.is_success() else self._error

    def result(self) -> List[Any]:
        """The tensors that the call gives; waits for them."""
        self.wait()
        return self._tensors

    def source_rank(self) -> int:
        """The rank that a recv came from is the one that it named."""
        raise RuntimeError("source_rank: receives name their source")

    def get_future(self) -> "torch.futures.Future[Any]":
        """A future of the tensors that the call gives. It carries the operation's error to C++ callers too."""
        ended: Optional["torch.futures.Future[Any]"] = None
        with self._settling:
            if self._future is None:
                ended = torch.futures.Future()
                # An error in a callback is one of the future itself; set_exception only shows in Python.
                self._future = ended.then(self._value)
            future = self._future
        if ended is not None:
            self._watch(ended, 0)
        self._release()
        return future

    def _watch(self, ended: "torch.futures.Future[Any]", index: int) -> None:
        """Completes the future when the works from that one on have ended."""
        while index < len(self.works) and _has_ended(self.works[index]):
            index += 1
        if index == len(self.works):
            ended.set_result(None)
        else:
            WATCHER.watch(self.works[index], lambda: self._watch(ended, index + 1))

    def _value(self, _: Any) -> List[Any]:
        self.settle()
        if self._error is not None:
            raise self._error
        return self._tensors

    def settle(self) -> None:
        """Once, after all have ended: takes the outcomes and brings the results to their places."""
        with self._settling:
            if self._settled:
                return
            try:
                self.outcomes = [work.wait() for work in self.works]
                if self._finish is not None:
                    self._finish()
            except Exception as error:
                self._error = error
            self._finish = None
            self._settled = True

    def _release(self) -> None:
        released, self._released = self._released, None
        if released is not None:
            released(self)


def _has_ended(work: Work) -> bool:
    try:
        return work.test() is not None
    except Exception:
        return True
