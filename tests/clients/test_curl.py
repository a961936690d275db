"""curl against the real binary: HTTP as a shell speaks it."""

import json
import subprocess

import pytest

VERSIONS = ["--http1.1"]
JSON = ("-H", "Content-Type: application/json")


@pytest.fixture(params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture
def curl(version):
    def curl(*arguments, stdin=b""):
        command = ["curl", "-sS", version, "--max-time", "30", *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=40, check=True).stdout

    return curl


def chat(user, prompt, **more):
    """A body with white space that no client's own encoder would leave."""
    return json.dumps(
        {"model": "small", "user": user, "messages": [{"role": "user", "content": prompt}], **more}, indent=1
    )


@pytest.fixture
def both(curl, proxy, provider):
    """Runs curl with and without the proxy: it prints the same. Returns what the provider received."""

    def both(path, *arguments):
        through = curl(*arguments, proxy.base_url + path)
        straight = curl(*arguments, "--http1.1", provider.base_url + path)
        assert through == straight and through
        return provider.received

    return both


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_chat(both, turn, vegetarian, stream):
    body = chat(vegetarian, turn.prompt, stream=stream)
    turn.check(*both("/chat/completions", *JSON, "-d", body))


def test_the_headers_tell_what_became_of_it(curl, version, proxy, provider, user):
    printed = curl("-i", *JSON, "-d", chat(user, "What is 17 * 23?", stream=True), proxy.base_url + "/chat/completions")
    head, events = printed.decode().replace("\r\n", "\n").split("\n\n", 1)
    assert head.startswith("HTTP/1.1 200" if version == "--http1.1" else "HTTP/2 200")
    assert "x-tactful-outcome: generic" in head and "content-type: text/event-stream" in head
    assert events.count("data: ") == 5 and events.endswith("data: [DONE]\n\n")


def test_a_body_of_unknown_length(curl, proxy, provider, turn, vegetarian):
    """Read from a pipe, and so sent in chunks over HTTP/1.1."""
    body = chat(vegetarian, turn.prompt).encode()
    through = curl("-X", "POST", *JSON, "-T", "-", proxy.base_url + "/chat/completions", stdin=body)
    straight = curl(*JSON, "--data-binary", "@-", provider.base_url + "/chat/completions", "--http1.1", stdin=body)
    assert through == straight
    turn.check(*provider.received)


def test_a_large_body_waits_until_it_is_asked_for(both, curl, proxy, provider, turn, vegetarian, tmp_path):
    """Of a body over a megabyte curl sends the head first: `Expect: 100-continue`."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 3_000_000}}
    (tmp_path / "body").write_text(chat(vegetarian, [picture, {"type": "text", "text": turn.prompt}]))
    body = (*JSON, "--data-binary", f"@{tmp_path / 'body'}")
    turn.check(*both("/chat/completions", *body, "-H", "Expect:"))
    provider.reset()
    curl(*body, proxy.base_url + "/chat/completions")
    assert "expect" not in provider.last.headers and provider.last.body["user"] == vegetarian


def test_two_chats_share_a_connection(curl, version, proxy, user):
    url = proxy.base_url + "/chat/completions"
    told = ("-o", "/dev/null", "-w", "%{http_code} %{num_connects}\n")
    each = (*JSON, "-d", chat(user, "What is 17 * 23?"), *told, url)
    assert curl(*each, "--next", "-sS", version, *each).decode().split("\n")[:2] == ["200 1", "200 0"]


def test_a_file_is_uploaded(curl, proxy, provider, tmp_path):
    content = b"I'm vegetarian.\r\n\x00\xff" * 20_000
    (tmp_path / "notes.txt").write_bytes(content)
    answer = curl("-F", "purpose=user_data", "-F", f"file=@{tmp_path / 'notes.txt'}", proxy.base_url + "/files")
    assert json.loads(answer)["object"] == "file" and content in provider.last.raw


def test_a_refusal_has_its_status_and_its_body(curl, proxy, provider):
    printed = curl("-w", "\n%{http_code}", f"{proxy.root}/tactful/v1/users/ana/attributes")
    body, status = printed.decode().rsplit("\n", 1)
    assert status == "401" and set(json.loads(body)["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_response(both, turn, vegetarian, stream):
    asked = {"model": "small", "user": vegetarian, "input": turn.prompt, "stream": stream}
    turn.check(*both("/responses", *JSON, "-d", json.dumps(asked, indent=1)))


def test_curl_that_is_ended_stops_the_provider(version, proxy, provider, user):
    body = chat(user, "Hello", model="endless", stream=True)
    url = proxy.base_url + "/chat/completions"
    with subprocess.Popen(["curl", "-sSN", version, *JSON, "-d", body, url], stdout=subprocess.PIPE) as curl:
        assert curl.stdout.readline().startswith(b"data: ")
        curl.terminate()
    assert provider.client_left.wait(10)
