"""What kernel TCP gets out of links, measured with iperf3: the ceilings that the library is held against."""

import json
import subprocess

from .emulator import EmulatorError


class Transfer:
    """iperf3 from one site to another, under way from the moment it is made."""

    _port = 5200

    def __init__(self, source, target, seconds, streams=1, omit=0, congestion=None):
        Transfer._port += 1
        port = str(Transfer._port)
        self._where = f"iperf3 from {source.name} to {target.name}"
        self._server = target.start("iperf3", "-s", "-1", "-p", port, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._timeout = seconds + omit + 30
        options = ["-t", str(seconds), "-O", str(omit), "-P", str(streams), "-p", port, "-J"]
        options += ["-C", congestion] if congestion else []
        target.wait_for_listener(port, self._server)
        self._client = source.start("iperf3", "-c", target.address, *options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def bits_per_second(self):
        """What arrived, on average after the time left out; waits for the end."""
        try:
            output, _ = self._client.communicate(timeout=self._timeout)
        finally:
            self._client.kill()
            self._server.kill()
            self._server.wait()
        found = json.loads(output)
        if "error" in found:
            raise EmulatorError(f"{self._where}: {found['error']}")
        return found["end"]["sum_received"]["bits_per_second"]
