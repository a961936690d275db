"""The real binary, in front of a provider, on free ports and a store of its own."""

import json
import os
import re
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("TACTFUL_BIN", ROOT / "target/debug/tactful"))

# Nothing by chance, and no deadline that a busy machine would miss.
SETTINGS = {
    "SERVER__LISTEN": "127.0.0.1:0",
    "SERVER__ADMIN_LISTEN": "127.0.0.1:0",
    "SELECTION__DEADLINE_MS": "10000",
    "SHADOW__SAMPLE_RATE": "0",
    "HOLDOUT__RATE": "0",
}


class Proxy:
    def __init__(self, base_url, folder, arguments=(), **settings):
        settings = {**SETTINGS, "UPSTREAM__BASE_URL": base_url, "STORE__PATH": folder, **settings}
        environment = {f"TACTFUL__{key}": str(value) for key, value in settings.items()}
        environment["PATH"] = os.environ["PATH"]
        self.process = subprocess.Popen(
            [BINARY, "serve", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = ""
        self.root = self._address("proxy")
        self.admin = self._address("operators")
        self.base_url = f"{self.root}/v1"
        # What it prints from here on is read so that it never waits for a reader.
        self.reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.reader.start()
        self.key = (Path(folder) / "admin.key").read_text().strip()

    def _address(self, name):
        for line in self.process.stdout:
            self.printed += line
            if found := re.match(rf"\s*{name}\s+(http://[^/\s]+)", line):
                return found[1]
        raise AssertionError(f"the server did not start:\n{self.printed}")

    def api(self, method, path, body=None):
        """One call of the personal API."""
        request = urllib.request.Request(
            f"{self.root}/tactful/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.key}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def learned(self, user, text, within=30):
        """The attribute of this text, as soon as it is there."""
        until = time.monotonic() + within
        while True:
            held = self.api("GET", f"/users/{user}/attributes")["data"]
            for attribute in held:
                if attribute["text"].lower() == text.lower():
                    return attribute
            assert time.monotonic() < until, f"not learned within {within} s: {text}; held: {held}"
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self.reader.join()
            self.process.stdout.close()
