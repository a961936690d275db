"""A real provider in a process of its own, on a free port: waited for until it answers, and ended with the tests."""

import os
import subprocess
import time
import urllib.error
import urllib.request


class Upstream:
    """`ready` finds the address of the server, as soon as there is one, in what it has printed."""

    def __init__(self, command, folder, ready, within=120, **environment):
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self.root = self._address(ready, time.monotonic() + within)
        except BaseException:
            self.stop()
            raise
        self.base_url = f"{self.root}/v1"

    def _address(self, ready, until):
        while self.process.poll() is None and time.monotonic() < until:
            if address := ready(self.log.read_text()):
                try:
                    urllib.request.urlopen(f"{address}/v1/models", timeout=5).close()
                    return address
                except urllib.error.HTTPError:
                    return address  # It answers.
                except OSError:
                    pass
            time.sleep(0.1)
        raise AssertionError(f"the provider did not start:\n{self.log.read_text()[-5000:]}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
