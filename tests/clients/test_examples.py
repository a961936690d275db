"""What `examples/` shows a newcomer, run as it stands; and the command that tells of health."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from answers import TEXT
from proxy import BINARY, ROOT

EXAMPLES = ROOT / "examples"
# The folder that holds Node's packages; examples are copied there, as a newcomer's would lie beside theirs.
NODE = Path(os.environ.get("NODE_FOLDER", ROOT / "target/clients/node"))


def run(command, **settings):
    environment = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": "sk-of-the-app", "PYTHONIOENCODING": "utf-8"}
    environment |= settings
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + "\n" + done.stderr


def command_of(example):
    """The last command of its header, which is how it says it is run."""
    path = EXAMPLES / example
    text = path.read_text()
    command = re.search(rf"^\W*(python|node|bash) examples/{re.escape(example)}$", text, re.MULTILINE)[1]
    if command == "node":
        path = NODE / example
        path.write_text(text)
    return {"python": sys.executable}.get(command, command), path


@pytest.mark.parametrize("example", ["chat.py", "chat.mjs"])
def test_the_example_runs_as_it_says(example, proxy, provider, user):
    printed = run(command_of(example), TACTFUL_URL=proxy.root, TACTFUL_KEY=proxy.key, TACTFUL_USER=user)
    assert printed.count(TEXT) == 4
    outcomes = re.findall(r"^  \[(.*)\]$", printed, re.MULTILINE)
    assert outcomes == ["generic: no_attributes", "generic: not_relevant", "personalized", "generic: no_attributes"]
    assert re.search(r"^  attr_\w+  Is vegetarian  “I'm vegetarian\.”$", printed, re.MULTILINE)
    assert "Deleted: Is vegetarian." in printed
    assert provider.last.headers["authorization"] == "Bearer sk-of-the-app"
    assert proxy.api("GET", f"/users/{user}/attributes")["data"] == []


def test_the_shell_example_runs_as_it_says(proxy, provider, user):
    printed = run(command_of("chat.sh"), TACTFUL_URL=proxy.root, TACTFUL_KEY=proxy.key, TACTFUL_USER=user)
    assert printed.count(TEXT) == 4
    outcomes = re.findall(r"^  \[(.*)\]$", printed, re.MULTILINE)
    assert outcomes == ["generic no_attributes", "generic not_relevant", "personalized ", "generic no_attributes"]
    assert '"text":"Is vegetarian"' in printed and '"deleted":true' in printed
    assert proxy.api("GET", f"/users/{user}/attributes")["data"] == []


@pytest.mark.parametrize("example", ["chat.py", "chat.mjs", "chat.sh"])
def test_the_example_runs_against_the_demo(example, tmp_path):
    """As a newcomer would: with the address and the key that the demo prints."""
    printed = ""
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    with subprocess.Popen([BINARY, "demo"], env=environment, stdout=subprocess.PIPE, text=True) as demo:
        try:
            for line in demo.stdout:
                printed += line
                if re.match(r"\s+http://\S+/attributes$", line):
                    break
            url = re.search(r"proxy +(http://[^/]+)/v1", printed)[1]
            key = re.search(r"Bearer ([\w-]+)", printed)[1]
            talked = run(command_of(example), TACTFUL_URL=url, TACTFUL_KEY=key)
        finally:
            demo.send_signal(signal.SIGINT)
    assert demo.returncode == 0
    assert "17 * 23 = 391." in talked
    assert talked.index("Chickpea and spinach curry") < talked.index("Deleted") < talked.index("Lemon chicken")


def test_every_example_is_run():
    assert {path.name for path in EXAMPLES.iterdir()} == {"chat.py", "chat.mjs", "chat.sh"}


def test_health_tells_a_container_engine(proxy):
    def health(address):
        environment = {"TACTFUL__SERVER__ADMIN_LISTEN": address}
        return subprocess.run([BINARY, "health"], env=environment, capture_output=True, text=True, timeout=30)

    port = proxy.admin.rsplit(":", 1)[1]
    well = health(f"0.0.0.0:{port}")
    assert (well.returncode, well.stdout) == (0, "ok\n")
    gone = health("127.0.0.1:1")
    assert gone.returncode == 1 and gone.stderr.startswith("tactful: no server answers on 127.0.0.1:1")
